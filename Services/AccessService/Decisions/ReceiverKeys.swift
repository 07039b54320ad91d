import Access
import Observability
import ServiceRuntime
import Synchronization

/// The keys of the services that receive identities: a file for each service in one folder, read again when it changes.
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
    ///   - folder: the folder; no service has a key without one.
    ///   - receivers: the services, which are the names of the files.
    ///   - logger: logs what cannot be read.
    init(folder: String?, receivers: Set<String>, logger: Logger) {
        self.folder = folder
        self.receivers = receivers.sorted()
        self.logger = logger
        read()
    }

    /// The keys of a service; none without a file.
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

    /// Reads the files that have changed.
    ///
    /// A file that is missing or invalid changes nothing.
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
