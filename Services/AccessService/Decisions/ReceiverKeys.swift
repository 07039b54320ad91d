import Access
import Observability
import ServiceRuntime
import Synchronization

/// The keys of the services that receive identities, in a folder with one file per service.
final class ReceiverKeys: Sendable {
    /// The time between two readings of the files.
    private static let interval = Duration.seconds(5)

    private struct State {
        var texts: [String: String] = [:]
        var keys: [String: ServiceKeys] = [:]
    }

    private let folder: String?
    private let receivers: [String]
    private let logger: Logger
    private let state = Mutex(State())

    /// Reads the files once.
    ///
    /// - Parameters:
    ///   - folder: the folder; without one, no service has keys.
    ///   - receivers: the names of the services, which are also the names of the files.
    ///   - logger: logs changed and invalid keys.
    init(folder: String?, receivers: Set<String>, logger: Logger) {
        self.folder = folder
        self.receivers = receivers.sorted()
        self.logger = logger
        read()
    }

    /// The keys of a service; `nil` if it has never had a valid file.
    subscript(_ service: String) -> ServiceKeys? {
        state.withLock { $0.keys[service] }
    }

    /// Reads the files every five seconds, until it is cancelled.
    func run() async throws {
        while true {
            try await Task.sleep(for: Self.interval)
            read()
        }
    }

    /// Reads the files, and applies those that have changed.
    ///
    /// If a file is missing or invalid, its service keeps the keys that it had.
    func read() {
        guard let folder else { return }
        for service in receivers {
            guard let text = SecretFile(path: "\(folder)/\(service)")?.secret.reveal() else { continue }
            guard state.withLock({ $0.texts.updateValue(text, forKey: service) != text }) else { continue }
            do {
                let keys = try ServiceKeys(text: text)
                state.withLock { $0.keys[service] = keys }
                logger.info("Read the keys of a service", [.component: .string(service)])
            } catch {
                logger.error("Keys of a service are invalid", error: error, [.component: .string(service)])
            }
        }
    }
}
