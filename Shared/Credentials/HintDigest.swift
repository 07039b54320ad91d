package import Models

/// Turns transmitters and regions into hints by a keyed digest.
///
/// Services that use the same secret get the same hints: location-producer for what devices noticed, person-service for what
/// stands in zones.
package struct HintDigest: Sendable {
    /// The minimum number of bytes of a secret.
    package static let minimumSecret = 16

    private let digest: KeyedDigest

    package init(secret: String) {
        digest = KeyedDigest(key: Array(secret.utf8))
    }

    /// The hint of a transmitter.
    package func callAsFunction(_ transmitter: NoticedTransmitter) -> ZoneHint {
        ZoneHint(kind: transmitter.kind, digest: digest("\(transmitter.kind.rawValue)/\(transmitter.name)"))
    }
}
