import Networking
import Testing

@Suite struct AddressRangesTests {
    @Test(arguments: [
        ("127.0.0.1", true), ("127.255.255.255", true), ("::1", true), ("::ffff:127.0.0.1", true),
        ("128.0.0.1", false), ("126.255.255.255", false), ("::2", false), ("10.0.0.1", false), ("", false),
        ("localhost", false),
    ])
    func recognisesLoopbackAddresses(address: String, isContained: Bool) {
        #expect(AddressRanges.loopback.contains(address) == isContained)
        #expect(AddressRanges("127.0.0.0/8, ::1") == .loopback)
    }

    @Test(arguments: [
        ("10.42.0.0/16", "10.42.255.1", "10.43.0.1"), ("10.42.7.7/16", "10.42.0.1", "10.41.255.255"),
        ("192.0.2.7", "192.0.2.7", "192.0.2.8"), ("2001:db8::/32", "2001:db8:1::5", "2001:db9::"),
        ("0.0.0.0/0", "203.0.113.9", "2001:db8::1"), ("::1,192.0.2.0/31", "192.0.2.1", "192.0.2.2"),
    ])
    func comparesLeadingBits(list: String, inside: String, outside: String) throws {
        let ranges = try #require(AddressRanges(list))
        #expect(ranges.contains(inside))
        #expect(!ranges.contains(outside))
    }

    @Test func anEmptyListContainsNothing() {
        #expect(AddressRanges("none")?.contains("127.0.0.1") == false)
    }

    @Test(arguments: ["", "localhost", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/8/8", "10.0.0.0/-1", "::1,"])
    func rejectsInvalidNetworks(list: String) {
        #expect(AddressRanges(list) == nil)
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:DB8:0:0::0:1", "2001:db8::1"),
        ("::", "::"),
    ])
    func writesCanonicalAddresses(text: String, canonical: String) {
        #expect(IPAddress(text)?.description == canonical)
    }

    @Test(arguments: [("192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"), ("::1", "::")])
    func masksTheNetworkOfAnAddress(text: String, network: String) {
        #expect(IPAddress(text)?.network.description == network)
    }

    @Test(arguments: [
        "", "192.0.2", "192.0.2.1:80", "[::1]", "fe80::1%eth0", "unknown", String(repeating: "1", count: 99),
    ])
    func rejectsInvalidAddresses(text: String) {
        #expect(IPAddress(text) == nil)
    }
}
