import Observability
internal import Persistence
package import Postgres
package import ServiceRuntime
internal import Synchronization

/// The database as a part of a process: its pool of connections, and its schema brought up to date or waited for.
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

    /// Brings the schema up to date, as the owner, however long it takes until the server is there.
    ///
    /// - Throws: ``NotTheOwner`` if the role may not, `MigrationError`, or what the database answers.
    package func migrate() async throws {
        let migrator = Migrator(client: client, logger: logger)
        try await waitForServer {
            guard try await migrator.mayMigrate() else { throw NotTheOwner(role: self.client.configuration.user) }
            try await migrator.migrate()
        }
    }

    /// Waits for the schema, or brings it up to date if the role may do that, then idles.
    private func run() async throws {
        let migrator = Migrator(client: client, logger: logger)
        try await waitForServer {
            if try await migrator.mayMigrate() { return try await migrator.migrate() }
            var delay = Duration.milliseconds(20)
            while try await !migrator.isCurrent() {
                if delay == .milliseconds(20) { self.logger.info("Waiting until the schema has been migrated") }
                try await Task.sleep(for: delay)
                delay = min(delay * 2, .seconds(1))
            }
        }
        isCurrent.store(true, ordering: .relaxed)
        while true { try await Task.sleep(for: .seconds(3_600)) }
    }

    /// Does some work as soon as the server is there.
    private func waitForServer(_ work: () async throws -> Void) async throws {
        var delay = Duration.milliseconds(100)
        while true {
            do {
                return try await work()
            } catch let error as PostgresError where error.isUnavailability || error.isRetriable {
                logger.warning("The database is not there yet", error: error, [.delay: .seconds(delay)])
                try await Task.sleep(for: delay)
                delay = min(delay * 2, .seconds(5))
            }
        }
    }
}

/// A role that may not change the schema.
package struct NotTheOwner: Error, CustomStringConvertible {
    let role: String

    /// A sentence that names the next step.
    package var description: String {
        "The role \(role) may not change the schema: log in as uda_migrator, or run k8s/base/postgres/prepare first."
    }
}
