import Glibc

/// An IPv4 or IPv6 address as a number.
package struct IPAddress: Hashable, Sendable {
    /// An IPv4 address is the IPv6 address that maps it (RFC 4291, section 2.5.5.2).
    let bits: UInt128

    private static let mappedPrefix: UInt128 = 0xFFFF << 32

    /// Parses a literal such as `192.0.2.1` or `2001:db8::1`; returns `nil` for anything else, also for one with a
    /// port, a zone or brackets.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count <= Int(INET6_ADDRSTRLEN) else { return nil }
        var four = in_addr()
        if inet_pton(AF_INET, String(text), &four) == 1 {
            bits = Self.mappedPrefix | UInt128(UInt32(bigEndian: four.s_addr))
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, String(text), &six) == 1 else { return nil }
        bits = withUnsafeBytes(of: &six) { $0.reduce(0) { $0 << 8 | UInt128($1) } }
    }

    private init(bits: UInt128) {
        self.bits = bits
    }

    /// The part that identifies a machine or household: an IPv4 address, or the first 64 bits of an IPv6 address.
    package var network: IPAddress { isIPv4 ? self : IPAddress(bits: (bits >> 64) << 64) }

    /// The network in the form `192.0.2.0/24` or `2001:db8::/48`, which says little about a person.
    package var coarseNetwork: String {
        let (length, width) = isIPv4 ? (24, 32) : (48, 128)
        return "\(IPAddress(bits: bits & ~0 << UInt128(width - length)))/\(length)"
    }

    /// Whether this is an IPv4 address.
    var isIPv4: Bool { bits >> 32 == 0xFFFF }
}

extension IPAddress: CustomStringConvertible {
    /// The canonical literal (RFC 5952), as the kernel and nginx write it.
    package var description: String {
        guard !isIPv4 else {
            return (0..<4).map { String(UInt8(truncatingIfNeeded: bits >> (24 - 8 * $0))) }.joined(separator: ".")
        }
        var six = bits.bigEndian
        // Safety: inet_ntop reads the sixteen bytes and writes at most the buffer's size, including a NUL.
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
            inet_ntop(AF_INET6, &six, text.baseAddress, socklen_t(text.count)).map { String(cString: $0) } ?? ""
        }
    }
}
