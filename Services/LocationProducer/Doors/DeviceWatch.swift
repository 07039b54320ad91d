import Observability
import Persistence

/// Tells the directory of devices what changes in the database.
struct DeviceWatch: Sendable {
    private let directory: DeviceDirectory<DeviceStore>
    private let store: DeviceStore
    private let logger: Logger

    init(_ directory: DeviceDirectory<DeviceStore>, _ store: DeviceStore, _ logger: Logger) {
        self.directory = directory
        self.store = store
        self.logger = logger
    }

    /// Listens until the task is cancelled.
    func run() async throws {
        while true {
            do {
                for await change in try store.changes() {
                    switch change {
                    case .changed(let device): directory.forget(device)
                    case .missed: directory.beginListening()
                    }
                }
                try Task.checkCancellation()
            } catch let error where !(error is CancellationError) {
                logger.warning("Changes of devices are not listened to", error: error)
            }
            directory.endListening()
            try await Task.sleep(for: .seconds(1))
        }
    }
}
