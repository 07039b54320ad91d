package import Observability
package import Postgres

/// Brings the database's schema up to date.
package struct Migrator: Sendable {
    private let client: PostgresClient
    private let logger: Logger

    /// Makes a migrator of a database.
    package init(client: PostgresClient, logger: Logger) {
        self.client = client
        self.logger = logger
    }

    /// Takes the steps that the database has not seen yet.
    ///
    /// Any number of processes may call it at once: one works, the others wait for it. Each step is one transaction, so
    /// that a crash leaves the steps before it.
    ///
    /// - Throws: ``MigrationError`` if the database is newer than this program, or what the database answers.
    package func migrate() async throws {
        try await client.withConnection { connection in
            // The lock belongs to the session, for it must outlast the steps' transactions. It is asked for again and
            // again, because who waits for a lock is cut off by the lock timeout.
            while try await !connection.query("SELECT pg_try_advisory_lock(\(AdvisoryLock.migration))").single(
                Bool.self
            ) {
                try await Task.sleep(for: .milliseconds(50))
            }
            do {
                try await applyMissing(on: connection)
            } catch {
                _ = try? await connection.query("SELECT pg_advisory_unlock(\(AdvisoryLock.migration))")
                throw error
            }
            try await connection.query("SELECT pg_advisory_unlock(\(AdvisoryLock.migration))")
        }
    }

    private func applyMissing(on connection: PostgresConnection) async throws {
        try await connection.execute(
            script: """
                CREATE TABLE IF NOT EXISTS schema_migration (
                    number integer PRIMARY KEY,
                    name text NOT NULL,
                    applied_at timestamptz NOT NULL DEFAULT now()
                )
                """
        )
        let applied = try await connection.query("SELECT coalesce(max(number), 0) FROM schema_migration")
            .single(Int32.self)
        guard applied <= Migration.all.count else { throw MigrationError.databaseIsNewer }
        for migration in Migration.all where migration.number > applied {
            try await connection.withTransaction { connection in
                try await migration.apply(connection)
                try await connection.execute(
                    "INSERT INTO schema_migration (number, name) VALUES (\(migration.number), \(migration.name))"
                )
            }
            logger.info("The schema has been changed", [.migration: .string(migration.name)])
        }
    }
}

/// Why a schema cannot be brought up to date.
package enum MigrationError: Error, Equatable, CustomStringConvertible {
    /// A later version of the program has changed the schema already.
    case databaseIsNewer

    /// A sentence that names the next step.
    package var description: String {
        switch self {
        case .databaseIsNewer:
            "The database's schema was made by a newer version of UdaConnect: start that version."
        }
    }
}
