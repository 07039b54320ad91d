package import Access
import Concurrency
package import Observability
package import ServiceRuntime
import Synchronization

/// The keys of a file, read again when it changes, so that keys can change without a restart.
package final class ServiceKeyFile: Sendable {
    /// How often the file is read.
    private static let period = Duration.seconds(5)

    private let path: String
    private let logger: Logger
    private let current: Mutex<ServiceKeys>

    /// Reads the file.
    ///
    /// - Throws: ``ServiceKeyFileError`` if the file cannot be read or has no keys.
    package init(path: String, logger: Logger) throws {
        self.path = path
        self.logger = logger
        current = Mutex(try Self.read(path))
    }

    /// The keys of the file, which is at most 5 s old.
    package var keys: ServiceKeys { current.withLock { $0 } }

    /// Reads the file again as long as the process runs; a file without keys changes nothing.
    package var service: Service { Service(name: "keys of identities", run: { try await self.run() }) }

    private func run() async throws {
        while true {
            try await Task.sleep(for: Self.period)
            readAgain()
        }
    }

    func readAgain() {
        do {
            let keys = try Self.read(path)
            current.withLock { $0 = keys }
        } catch {
            logger.warning("The keys of identities could not be read again", error: error)
        }
    }

    private static func read(_ path: String) throws -> ServiceKeys {
        guard let file = SecretFile(path: path) else { throw ServiceKeyFileError.unreadable(path: path) }
        do {
            return try ServiceKeys(text: file.secret.reveal())
        } catch {
            throw ServiceKeyFileError.invalid(path: path, error)
        }
    }
}

/// Why a file gives no keys.
package enum ServiceKeyFileError: Error, CustomStringConvertible {
    /// It cannot be read, or it has more than 4,096 bytes.
    case unreadable(path: String)
    /// Its content is not keys.
    case invalid(path: String, ServiceKeys.Problem)

    package var description: String {
        switch self {
        case .unreadable(let path): "the file \(path) with the keys of identities cannot be read"
        case .invalid(let path, let problem): "the file \(path) with the keys of identities: \(problem)"
        }
    }
}
