import Observability
internal import Persistence
package import Postgres
package import ServiceRuntime
internal import Synchronization

/// The database as a part of a process: its pool of connections, and its schema brought up to date.
///
/// A database that is not there yet is waited for; meanwhile the process lives and is not ready.
package final class Database: Sendable {
    /// The pool.
    package let client: PostgresClient
    private let logger: Logger
    private let isCurrent = Atomic(false)

    /// Makes the pool; nothing is connected yet.
    package init(_ configuration: PostgresConfiguration, _ process: ServiceProcess) {
        client = PostgresClient(configuration: configuration, logger: process.logger, metrics: process.metrics)
        logger = process.logger
    }

    /// To be started before everything that uses the database.
    package var service: Service {
        Service(name: "database", run: { try await self.run() }, stop: { await self.client.close() })
    }

    /// Whether the schema is up to date and the server answers.
    package var readiness: ReadinessCheck {
        ReadinessCheck(name: "database") {
            guard self.isCurrent.load(ordering: .relaxed) else { return false }
            return (try? await self.client.query("SELECT 1")) != nil
        }
    }

    /// Returns once the schema is up to date, for work that would only fail before.
    package func waitUntilCurrent() async throws {
        while !isCurrent.load(ordering: .relaxed) { try await Task.sleep(for: .milliseconds(20)) }
    }

    /// Brings the schema up to date, however long it takes until the server is there, then idles.
    private func run() async throws {
        var delay = Duration.milliseconds(100)
        while true {
            do {
                try await Migrator(client: client, logger: logger).migrate()
                break
            } catch let error as PostgresError where error.isUnavailability || error.isRetriable {
                logger.warning("The database is not there yet", error: error, [.delay: .seconds(delay)])
                try await Task.sleep(for: delay)
                delay = min(delay * 2, .seconds(5))
            }
        }
        isCurrent.store(true, ordering: .relaxed)
        while true { try await Task.sleep(for: .seconds(3_600)) }
    }
}
