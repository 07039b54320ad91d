import Credentials
import Models
import Persistence

/// Stores hints about the zones of devices.
protocol HintStore: Sendable {
    /// Stores hints, each once.
    func keep(_ hints: [ZoneHint], of person: PersonID, _ device: DeviceNumber, at time: Timestamp) async throws
}

extension ZoneHintStore: HintStore {}

/// Converts transmitters to hints, and stores each one once, before the message is acknowledged.
///
/// Hints have a separate table instead of being part of locations: a beacon's message has no place, and hints would enlarge all
/// locations although few have any.
struct HintKeeper: Sendable {
    private let digest: HintDigest
    private let store: any HintStore

    init(secret: String, store: any HintStore) {
        digest = HintDigest(secret: secret)
        self.store = store
    }

    /// Stores the hints of a device at a time.
    ///
    /// - Throws: an error of the store; the device must then repeat its message.
    func keep(_ transmitters: [NoticedTransmitter], of device: KnownDevice, at time: Timestamp) async throws {
        guard !transmitters.isEmpty else { return }
        let hints = Set(transmitters.map { digest($0) })
        try await store.keep(Array(hints), of: device.personID, device.number, at: time)
    }
}
