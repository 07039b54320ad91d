/// A list of networks such as `10.0.0.0/8`.
package struct AddressRanges: Equatable, Sendable {
    private struct Range: Equatable {
        let mask: UInt128
        let bits: UInt128

        init(mask: UInt128, bits: UInt128) {
            (self.mask, self.bits) = (mask, bits)
        }

        init?(_ text: some StringProtocol) {
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard let address = IPAddress(parts[0]), parts.count <= 2 else { return nil }
            let width = address.isIPv4 ? 32 : 128
            var length = width
            if parts.count == 2 {
                guard let given = UInt8(parts[1]), Int(given) <= width else { return nil }
                length = Int(given)
            }
            mask = ~0 << UInt128(width - length)
            bits = address.bits & mask
        }
    }

    /// The expected form of a list, for messages.
    package static let expectation = "addresses and networks like 127.0.0.1,10.0.0.0/8,::1, or none"
    /// The loopback networks: `127.0.0.0/8,::1`.
    package static let loopback = AddressRanges(ranges: [
        Range(mask: ~0 << 24, bits: 0xFFFF_7F00_0000), Range(mask: ~0, bits: 1),
    ])

    /// No network.
    package static let none = AddressRanges(ranges: [])
    /// The networks that are not public: those of the IANA registries of special-purpose addresses (RFC 6890), multicast, and
    /// IPv6 networks that wrap IPv4 addresses (RFC 4380, RFC 6052, RFC 3056).
    package static let special = AddressRanges(
        ranges: [
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
            "203.0.113.0/24", "224.0.0.0/3", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23",
            "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        ].compactMap { Range($0) }
    )

    private let ranges: [Range]

    private init(ranges: [Range]) {
        self.ranges = ranges
    }

    /// Parses addresses and networks separated by commas, or `none`; returns `nil` if an element is neither.
    package init?(_ text: String) {
        guard text != "none" else {
            ranges = []
            return
        }
        var ranges: [Range] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let range = Range(part.drop { $0 == " " }) else { return nil }
            ranges.append(range)
        }
        self.ranges = ranges
    }

    /// Whether an address is in one of the ranges; `false` for an invalid address.
    package func contains(_ address: String) -> Bool {
        guard !ranges.isEmpty, let bits = IPAddress(address)?.bits else { return false }
        return ranges.contains { bits & $0.mask == $0.bits }
    }
}
