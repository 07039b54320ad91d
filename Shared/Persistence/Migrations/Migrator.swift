package import Observability
package import Postgres

/// Migrates the database's schema, and checks its version.
///
/// Only a role that may become the database's owner changes the schema. All other roles wait until it ``isCurrent()``.
package struct Migrator: Sendable {
    private let client: PostgresClient
    private let logger: Logger

    package init(client: PostgresClient, logger: Logger) {
        self.client = client
        self.logger = logger
    }

    /// Returns whether the session's role may become the owner, and hence migrate.
    package func mayMigrate() async throws -> Bool {
        try await client.query(
            """
            SELECT EXISTS (
                SELECT FROM pg_roles WHERE rolname = \(DatabaseRole.owner) AND pg_has_role(oid, 'MEMBER')
            )
            """
        ).single(Bool.self)
    }

    /// Returns whether the schema has the version that this program needs.
    ///
    /// - Throws: ``MigrationError`` if the database is newer than this program, or an error of the database.
    package func isCurrent() async throws -> Bool {
        let isVisible = try await client.query(
            "SELECT coalesce(has_table_privilege(to_regclass('schema_migration'), 'SELECT'), false)"
        ).single(Bool.self)
        guard isVisible else { return false }
        return try await client.withConnection { try await Self.lastStep(on: $0) } == Migration.all.count
    }

    /// Applies the missing migrations, and grants the rights of ``Privileges/granted``.
    ///
    /// Several processes may call it concurrently: one works, the others wait. A crash undoes only the step that it
    /// interrupted.
    ///
    /// - Throws: ``MigrationError`` if the database is newer than this program or does not belong to the owner's role,
    ///   or an error of the database.
    package func migrate() async throws {
        try await client.withConnection { connection in
            guard try await Self.isPrepared(connection) else { throw MigrationError.databaseIsNotPrepared }
            // The lock belongs to the session, because it must outlast the steps' transactions. It is polled, because
            // the lock timeout would cancel a blocking request.
            while try await !connection.query("SELECT pg_try_advisory_lock(\(AdvisoryLock.migration))").single(
                Bool.self
            ) {
                try await Task.sleep(for: .milliseconds(50))
            }
            // The owner owns all new objects.
            try await connection.execute("SET ROLE \(identifier: DatabaseRole.owner)")
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(try await applyMissing(on: connection))
            } catch {
                outcome = .failure(error)
            }
            _ = try? await connection.execute("RESET ROLE")
            _ = try? await connection.query("SELECT pg_advisory_unlock(\(AdvisoryLock.migration))")
            try outcome.get()
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
        let applied = try await Self.lastStep(on: connection)
        for migration in Migration.all where migration.number > applied {
            if !migration.isTransaction { try await migration.apply(connection) }
            try await connection.withTransaction { connection in
                if migration.isTransaction { try await migration.apply(connection) }
                try await connection.execute(
                    "INSERT INTO schema_migration (number, name) VALUES (\(migration.number), \(migration.name))"
                )
                // A service that sees the last step already has its rights.
                if migration.number == Migration.all.count { try await Privileges.granted.apply(on: connection) }
            }
            logger.info("Applied a migration", [.migration: .string(migration.name)])
        }
        // Undo manual changes of rights.
        guard applied == Migration.all.count else { return }
        try await connection.withTransaction { try await Privileges.granted.apply(on: $0) }
    }

    /// Returns the number of the last applied step.
    private static func lastStep(on connection: PostgresConnection) async throws -> Int {
        let last = try await connection.query("SELECT coalesce(max(number), 0) FROM schema_migration").single(
            Int32.self
        )
        guard last <= Migration.all.count else { throw MigrationError.databaseIsNewer }
        return Int(last)
    }

    private static func isPrepared(_ connection: PostgresConnection) async throws -> Bool {
        try await connection.query(
            """
            SELECT EXISTS (
                SELECT FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba
                WHERE d.datname = current_database() AND r.rolname = \(DatabaseRole.owner)
            )
            """
        ).single(Bool.self)
    }
}

/// Why a schema cannot be migrated.
package enum MigrationError: Error, Equatable, CustomStringConvertible {
    /// A newer version of the program has already changed the schema.
    case databaseIsNewer
    /// The cluster's owner has not created the roles, or has not given them this database.
    case databaseIsNotPrepared

    /// A sentence that names the next step.
    package var description: String {
        switch self {
        case .databaseIsNewer:
            "The database's schema was made by a newer version of UdaConnect: start that version."
        case .databaseIsNotPrepared:
            "The database does not belong to the role uda_owner: run k8s/base/postgres/prepare as the cluster's owner."
        }
    }
}
