import Credentials
import Testing

@Suite struct Base64URLTests {
    @Test(arguments: [([], ""), ([0xFF], "_w"), ([0xFB, 0xEF], "--8"), ([1, 2, 3], "AQID")] as [([UInt8], String)])
    func encodesAndDecodes(bytes: [UInt8], text: String) {
        #expect(Base64URL.encode(bytes) == text)
        #expect(Base64URL.decode(text) == bytes)
    }

    @Test(arguments: ["A", "_x", "AQ==", "AQ=", "A Q", "AQI\n", "A+/A", "AQIDA", "é"])
    func refusesEveryOtherSpelling(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }
}
