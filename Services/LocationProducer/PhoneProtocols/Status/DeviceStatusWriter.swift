import Models
import Observability
import Persistence

/// Writes the status of devices at intervals.
///
/// Locations do not wait for it. A failure only makes the status that owners see less fresh.
struct DeviceStatusWriter: Sendable {
    let sightings: DeviceSightings
    let store: DeviceStore
    let logger: Logger
    let now: @Sendable () -> Timestamp

    /// Runs until it is cancelled.
    func run() async throws {
        while true {
            try await Task.sleep(for: .seconds(5))
            await write()
        }
    }

    /// Stores the due status.
    ///
    /// - Parameter all: whether to write all devices regardless of their last update, because the service stops.
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
