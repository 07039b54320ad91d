import Credentials
import Testing

@Suite struct KeyedDigestTests {
    /// The first test cases of RFC 4231, section 4.
    @Test(arguments: [
        ([UInt8](repeating: 0x0B, count: 20), "Hi There", 0xb034_4c61_d8db_3853 as UInt64),
        (Array("Jefe".utf8), "what do ya want for nothing?", 0x5bdc_c146_bf60_754e),
    ])
    func isTheBeginningOfHMAC(key: [UInt8], text: String, expected: UInt64) {
        #expect(UInt64(bitPattern: KeyedDigest(key: key)(text)) == expected)
    }

    @Test func anotherKeyGivesAnotherDigest() {
        #expect(KeyedDigest(key: [1])("x") != KeyedDigest(key: [2])("x"))
    }
}
