internal import Concurrency
import Observability
internal import Persistence
package import Postgres
package import ServiceRuntime
internal import Synchronization

/// The database of a process: a connection pool, and a schema that is migrated or waited for.
///
/// The process waits for an unavailable database; meanwhile it is alive and not ready.
package final class Database: Sendable {
    /// The pool.
    package let client: PostgresClient
    private let logger: Logger
    private let isCurrent = Atomic(false)

    /// Nothing is connected yet.
    package init(_ configuration: PostgresConfiguration, _ process: ServiceProcess) {
        client = PostgresClient(configuration: configuration, logger: process.logger, metrics: process.metrics)
        logger = process.logger
    }

    /// The service to start before all users of the database.
    package var service: Service {
        Service(name: "database", run: { try await self.run() }, stop: { await self.client.close() })
    }

    /// Checks whether the schema is current and the server answers.
    package var readiness: ReadinessCheck {
        ReadinessCheck(name: "database") {
            guard self.isCurrent.load(ordering: .relaxed) else { return false }
            return (try? await self.client.query("SELECT 1")) != nil
        }
    }

    /// Returns once the schema is current.
    package func waitUntilCurrent() async throws {
        while !isCurrent.load(ordering: .relaxed) { try await Task.sleep(for: .milliseconds(20)) }
    }

    /// Migrates the schema as the owner; waits for the server without a limit.
    ///
    /// - Throws: ``NotTheOwner`` if the role may not migrate, `MigrationError`, or an error of the database.
    package func migrate() async throws {
        let migrator = Migrator(client: client, logger: logger)
        try await waitForServer {
            guard try await migrator.mayMigrate() else { throw NotTheOwner(role: self.client.configuration.user) }
            try await migrator.migrate()
        }
    }

    /// Migrates the schema if the role may, or waits until another process has; then idles.
    private func run() async throws {
        let migrator = Migrator(client: client, logger: logger)
        try await waitForServer {
            if try await migrator.mayMigrate() { return try await migrator.migrate() }
            guard try await !migrator.isCurrent() else { return }
            self.logger.info("Waiting for the migration of the schema")
            var backoff = Backoff(base: .milliseconds(20), cap: .seconds(1))
            repeat { try await Task.sleep(for: backoff.next()) } while try await !migrator.isCurrent()
        }
        isCurrent.store(true, ordering: .relaxed)
        try await sleepUntilCancelled()
    }

    /// Retries some work until the server is available.
    private func waitForServer(_ work: () async throws -> Void) async throws {
        try await retrying(Backoff(base: .milliseconds(100))) {
            try await work()
        } whenFailed: { error, delay in
            guard let failure = error as? PostgresError, failure.isUnavailability || failure.isRetriable else {
                throw error
            }
            logger.warning("The database is not available yet", error: error, [.delay: .seconds(delay)])
        }
    }
}

/// The role may not change the schema.
package struct NotTheOwner: Error, CustomStringConvertible {
    let role: String

    /// A sentence that names the next step.
    package var description: String {
        "The role \(role) may not change the schema: log in as uda_migrator, or run k8s/base/postgres/prepare first."
    }
}
