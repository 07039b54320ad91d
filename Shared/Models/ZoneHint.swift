/// A transmitter or a region that a device noticed at a time: evidence that it was in a zone.
///
/// Only a digest of the identifier is kept, which differs between deployments. The same transmitter has the same digest for all
/// persons of a deployment.
package struct ZoneHint: Hashable, Sendable {
    /// What the device noticed.
    package enum Kind: String, CaseIterable, Sendable {
        /// The Wi-Fi access point that it uses.
        case wifi
        /// An iBeacon.
        case beacon
        /// A region that the app knows.
        case region
    }

    /// What the device noticed.
    package let kind: Kind
    /// The first 64 bits of the identifier's keyed digest.
    package let digest: Int64

    /// Joins the two.
    package init(kind: Kind, digest: Int64) {
        self.kind = kind
        self.digest = digest
    }
}
