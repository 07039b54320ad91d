/// A transmitter or region with its plain name, which is never stored or logged.
package struct NoticedTransmitter: Hashable, Sendable {
    /// Maximum number in a message, and maximum bytes of a name; further ones are ignored.
    package static let maximumCount = 16
    private static let maximumName = 128

    /// The kind.
    package let kind: ZoneHint.Kind
    /// The normalised name.
    package let name: String

    /// An access point by its BSSID; `nil` if it is not a hardware address.
    ///
    /// iOS omits leading zeros: `0:1a:2:…`. Without the permission, Android states an address of zeros.
    package init?(bssid: String) {
        let octets = bssid.split(separator: ":", omittingEmptySubsequences: false).map { UInt8($0, radix: 16) }
        guard octets.count == 6, octets.allSatisfy({ $0 != nil }), octets.contains(where: { $0 != 0 }) else {
            return nil
        }
        guard octets != [2, 0, 0, 0, 0, 0] else { return nil }
        kind = .wifi
        name = octets.map { String($0 ?? 0, radix: 16) }.joined(separator: ":")
    }

    /// An iBeacon; `nil` if its UUID is invalid.
    package init?(uuid: String, major: Int, minor: Int) {
        let digits = uuid.lowercased().filter { $0 != "-" }
        guard digits.utf8.count == 32, digits.allSatisfy(\.isHexDigit), (0...65_535).contains(major),
            (0...65_535).contains(minor)
        else { return nil }
        kind = .beacon
        name = "\(digits)/\(major)/\(minor)"
    }

    /// A region by its id in the app; `nil` if the id is empty or too long.
    package init?(region: String) {
        guard (1...Self.maximumName).contains(region.utf8.count) else { return nil }
        kind = .region
        name = region
    }
}
