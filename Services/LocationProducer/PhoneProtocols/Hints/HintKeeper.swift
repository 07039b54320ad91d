import Credentials
import Models
import Persistence

/// Stores what devices noticed of the zones that they were in.
protocol HintStore: Sendable {
    /// Stores hints, each once.
    func keep(_ hints: [ZoneHint], of person: PersonID, _ device: DeviceNumber, at time: Timestamp) async throws
}

extension ZoneHintStore: HintStore {}

/// Turns transmitters into hints, and stores these before the message is acknowledged: what was acknowledged is stored, once.
///
/// They are in a table of their own, and not in the location's message: a beacon's message has no place, and each location would
/// be larger for the few that have hints.
struct HintKeeper: Sendable {
    private let digest: KeyedDigest
    private let store: any HintStore

    init(secret: String, store: any HintStore) {
        digest = KeyedDigest(key: Array(secret.utf8))
        self.store = store
    }

    /// Stores what a device noticed at a time.
    ///
    /// - Throws: what the store throws; then the device has to send its message again.
    func keep(_ transmitters: [NoticedTransmitter], of device: KnownDevice, at time: Timestamp) async throws {
        guard !transmitters.isEmpty else { return }
        let hints = Set(
            transmitters.map { ZoneHint(kind: $0.kind, digest: digest("\($0.kind.rawValue)/\($0.name)")) }
        )
        try await store.keep(Array(hints), of: device.personID, device.number, at: time)
    }
}
