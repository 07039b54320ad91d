/// A transmitter or a region that a device noticed at a time: evidence that it was in a zone.
///
/// Only a digest of the identifier is kept, which differs between deployments. The same transmitter has the same digest for all
/// persons of a deployment.
package struct ZoneHint: Hashable, Sendable {
    /// The kind of a transmitter or region.
    package enum Kind: String, CaseIterable, Sendable {
        /// The Wi-Fi access point in use.
        case wifi
        /// An iBeacon.
        case beacon
        /// A region defined in the app.
        case region
    }

    /// The kind of the transmitter or region.
    package let kind: Kind
    /// The first 64 bits of the identifier's keyed digest.
    package let digest: Int64

    /// Creates a hint.
    package init(kind: Kind, digest: Int64) {
        self.kind = kind
        self.digest = digest
    }
}
