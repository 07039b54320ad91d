import Observability
import Persistence

/// Tells the directory of persons who has been erased.
struct PersonWatch: Sendable {
    private let directory: PersonDirectory<PersonStore>
    private let store: PersonStore
    private let logger: Logger

    init(_ directory: PersonDirectory<PersonStore>, _ store: PersonStore, _ logger: Logger) {
        self.directory = directory
        self.store = store
        self.logger = logger
    }

    /// Listens until the task is cancelled.
    func run() async throws {
        while true {
            do {
                for await news in try store.erasures() {
                    switch news {
                    case .erased(let person): directory.forget(person)
                    case .missed: directory.beginListening()
                    }
                }
                try Task.checkCancellation()
            } catch let error where !(error is CancellationError) {
                logger.warning("Not listening for erased persons", error: error)
            }
            directory.endListening()
            try await Task.sleep(for: .seconds(1))
        }
    }
}
