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
            var delay = Duration.milliseconds(20)
            while try await !migrator.isCurrent() {
                if delay == .milliseconds(20) { self.logger.info("Waiting for the migration of the schema") }
                try await Task.sleep(for: delay)
                delay = min(delay * 2, .seconds(1))
            }
        }
        isCurrent.store(true, ordering: .relaxed)
        while true { try await Task.sleep(for: .seconds(3_600)) }
    }

    /// Retries some work until the server is available.
    private func waitForServer(_ work: () async throws -> Void) async throws {
        var delay = Duration.milliseconds(100)
        while true {
            do {
                return try await work()
            } catch let error as PostgresError where error.isUnavailability || error.isRetriable {
                logger.warning("The database is not available yet", error: error, [.delay: .seconds(delay)])
                try await Task.sleep(for: delay)
                delay = min(delay * 2, .seconds(5))
            }
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
