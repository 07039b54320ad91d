/// Random text that people can read out and type: 5 bits per character, in Crockford's alphabet without i, l, o and u.
package enum RandomText {
    /// How many characters the id of an object has: 80 random bits.
    package static let idLength = 16

    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    /// Generates a text from the system's secure source.
    package static func make(characters: Int) -> String {
        var source = SystemRandomNumberGenerator()
        let text = (0..<characters).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &source)] }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether a text consists of a number of digits and small letters, as generated ones do.
    package static func fits(_ text: some StringProtocol, characters: Int) -> Bool {
        text.utf8.count == characters
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
            }
    }
}
