import Credentials
import Testing

@Suite struct DeviceTokenTests {
    /// FIPS 180-2, appendix B.
    @Test(arguments: [
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func isStoredAsItsSHA256(text: String, digest: String) {
        let bytes = DeviceToken(text).digest.bytes
        #expect(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() == digest)
    }

    @Test func isUniqueEachTime() {
        let tokens = Set((0..<1_000).map { _ in DeviceToken.random().text })
        #expect(tokens.count == 1_000)
        #expect(tokens.allSatisfy { $0.count == 26 })
    }

    @Test func matchesOnlyItself() throws {
        let digest = DeviceToken("a").digest
        #expect(digest.matches(DeviceToken("a").digest))
        for index in 0..<32 {
            var bytes = digest.bytes
            bytes[index] ^= 1
            #expect(!digest.matches(try #require(TokenDigest(bytes))))
        }
        #expect(TokenDigest([1, 2, 3]) == nil)
    }
}
