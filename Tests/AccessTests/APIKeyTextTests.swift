import Testing

@testable import Access

@Suite struct APIKeyTextTests {
    /// The check value of the CRC catalogue's CRC-32/ISO-HDLC.
    @Test func hasTheKnownChecksum() {
        #expect(CRC32.checksum(of: "123456789".utf8) == 0xCBF4_3926)
    }

    @Test func readsWhatItMakes() throws {
        for _ in 0..<200 {
            let key = APIKeyText.random()
            #expect(key.text.utf8.count == 67)
            let read = try #require(APIKeyText(key.text))
            #expect(read.id == key.id)
            #expect(read.digest == key.digest)
        }
    }

    @Test func findsEveryTypingErrorOfOneCharacter() {
        let key = APIKeyText.random()
        for index in key.text.indices {
            for character in "0aZ_-" where character != key.text[index] {
                var text = key.text
                text.replaceSubrange(index...index, with: String(character))
                #expect(APIKeyText(text) == nil, "\(text)")
            }
        }
        #expect(APIKeyText(key.text.dropLast()) == nil)
        #expect(APIKeyText(key.text + "0") == nil)
        #expect(APIKeyText("") == nil)
        #expect(APIKeyText(String(repeating: "é", count: 67)) == nil)
    }

    @Test func makesDifferentKeys() {
        #expect(Set((0..<1_000).map { _ in APIKeyText.random().text }).count == 1_000)
    }
}
