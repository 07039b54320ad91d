package import Credentials
import Models

/// The text of an API key: `uda_live_<id>_<secret><checksum>`.
///
/// The id has 8 characters, the secret 43 in base 62 (256 bits), the checksum 6: a CRC-32 of everything before it. The checksum
/// finds typing errors without the database, and the prefix lets scanners find keys in public code.
package struct APIKeyText: Sendable {
    /// The text.
    package let text: String
    /// The id, which lists, logs and the audit may show.
    package let id: CredentialID

    private static let prefix = "uda_live_"
    private static let secretLength = 43
    private static let checksumLength = 6
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// Reads a key; `nil` if it is not one, or if the checksum differs.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        let start = Self.prefix.utf8.count
        let secret = start + CredentialID.length + 1
        let end = secret + Self.secretLength
        guard bytes.count == end + Self.checksumLength, bytes.starts(with: Self.prefix.utf8),
            bytes[secret - 1] == UInt8(ascii: "_"), bytes[secret...].allSatisfy(Self.alphabet.contains),
            let id = CredentialID(String(decoding: bytes[start..<secret - 1], as: UTF8.self)),
            bytes[end...].elementsEqual(Self.checksum(of: bytes[..<end]))
        else { return nil }
        self.text = String(decoding: bytes, as: UTF8.self)
        self.id = id
    }

    private init(id: CredentialID, secret: [UInt8]) {
        let start = Array(Self.prefix.utf8) + Array(id.text.utf8) + [UInt8(ascii: "_")] + secret
        text = String(decoding: start + Self.checksum(of: start[...]), as: UTF8.self)
        self.id = id
    }

    /// A new key with a new id.
    package static func random() -> APIKeyText {
        var source = SystemRandomNumberGenerator()
        let secret = (0..<secretLength).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &source)] }
        return APIKeyText(id: .random(), secret: secret)
    }

    /// Whether a text claims to be a key, valid or not.
    package static func hasPrefix(_ text: some StringProtocol) -> Bool {
        text.hasPrefix(prefix)
    }

    /// The digest of the whole text, which is stored instead of it.
    package var digest: TokenDigest { TokenDigest(of: text) }

    private static func checksum(of bytes: ArraySlice<UInt8>) -> [UInt8] {
        var rest = CRC32.checksum(of: bytes)
        var digits: [UInt8] = []
        for _ in 0..<checksumLength {
            digits.append(alphabet[Int(rest % 62)])
            rest /= 62
        }
        return digits.reversed()
    }
}

/// The id of a key, a session or an identity: 8 digits and small letters, 40 random bits.
///
/// It is no secret.
package struct CredentialID: Hashable, Sendable {
    /// The text.
    package let text: String

    static let length = 8

    /// `nil` unless the text has 8 digits and small letters.
    package init?(_ text: some StringProtocol) {
        guard RandomText.fits(text, characters: Self.length) else { return nil }
        self.text = String(text)
    }

    private init(unchecked text: String) {
        self.text = text
    }

    /// A new id.
    package static func random() -> CredentialID {
        CredentialID(unchecked: RandomText.make(characters: length))
    }

    /// The valid ids, for error messages.
    package static let expectation = "8 digits and small letters"
}

/// The CRC-32 of ISO 3309, as in zlib.
enum CRC32 {
    /// The checksum; O(bits), which is enough for a line of text.
    static func checksum(of bytes: some Sequence<UInt8>) -> UInt32 {
        var value: UInt32 = .max
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : value >> 1 ^ 0xEDB8_8320 }
        }
        return ~value
    }
}
