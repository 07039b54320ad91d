import Models
import Observability
import Persistence

/// Where the status of devices is stored.
protocol DeviceStatusStore: Sendable {
    func note(_ statuses: [DeviceID: DeviceStatus]) async throws
}

extension DeviceStore: DeviceStatusStore {}

/// Stores what devices' messages tell of them.
///
/// Locations do not wait for it, and a failure costs nothing but the freshness of what owners see.
struct DeviceStatusWriter: Sendable {
    let sightings: DeviceSightings
    let store: any DeviceStatusStore
    let logger: Logger
    let now: @Sendable () -> Timestamp

    /// Works until it is cancelled.
    func run() async throws {
        while true {
            try await Task.sleep(for: .seconds(5))
            await write()
        }
    }

    /// Stores what is due.
    ///
    /// - Parameter all: whether it does not matter when a device's status was stored last, for there will be no other time.
    func write(all: Bool = false) async {
        while true {
            let due = sightings.takeDue(at: now(), all: all)
            guard !due.isEmpty else { return }
            do {
                try await store.note(due)
            } catch {
                sightings.restore(due.keys)
                logger.warning("Could not store the status of devices", error: error, [.count: .integer(due.count)])
                return
            }
            guard due.count == DeviceSightings.batchSize else { return }
        }
    }
}
