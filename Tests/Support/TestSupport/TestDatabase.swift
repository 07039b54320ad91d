import Foundation
package import Postgres
import Synchronization

/// Databases for single tests.
package enum TestDatabase {
    /// The initial content of a database.
    package enum Content {
        case nothing
        /// PostGIS and what else the cluster's owner prepares for the services.
        case extensions
        /// All tables of the services, by the migrations of the current build. The database itself has PostgreSQL's default rights.
        case tables
    }

    /// Creates a database on the test server, and drops it after `body`, even after an error.
    ///
    /// Databases with content are copies of templates, whose creation takes about a second once. The number of concurrent databases is
    /// limited; further tests wait.
    @discardableResult
    package static func withDatabase<Value>(
        _ content: Content = .nothing,
        _ body: (PostgresConfiguration) async throws -> Value
    ) async throws -> Value {
        try await administrator.get().withConnection { connection in
            var configuration = try TestCluster.configuration()
            let number = counter.add(1, ordering: .relaxed).newValue
            configuration.database = "test_\(ProcessInfo.processInfo.processIdentifier)_\(number)"
            let template = try await template(with: content, connection)
            // A database of an earlier process with the same number may exist.
            try await drop(configuration.database, connection)
            try await connection.execute(
                """
                CREATE DATABASE \(identifier: configuration.database) OWNER uda_owner
                TEMPLATE \(identifier: template) STRATEGY file_copy
                """
            )
            let outcome: Result<Value, any Error>
            do {
                outcome = .success(try await body(configuration))
            } catch {
                outcome = .failure(error)
            }
            let name = configuration.database
            // A separate task, so that a cancelled test also cleans up.
            try await Task { try await drop(name, connection) }.value
            return try outcome.get()
        }
    }

    private static func drop(_ name: String, _ connection: PostgresConnection) async throws {
        // PostgreSQL gives sessions five seconds to end, which is too short on a busy machine.
        var attempts = 0
        while true {
            do {
                try await connection.execute("DROP DATABASE IF EXISTS \(identifier: name) WITH (FORCE)")
                return
            } catch let error as PostgresError where error.sqlState?.rawValue == "55006" && attempts < 10 {
                attempts += 1
            }
        }
    }

    /// Its pool size limits the number of concurrent databases.
    ///
    /// Each test's own client comes in addition.
    private static let administrator = Result {
        var configuration = try TestCluster.configuration()
        configuration.maximumConnections = 12
        configuration.maximumWaiters = 100_000
        configuration.acquireTimeout = .seconds(1_200)
        return PostgresClient(configuration: configuration)
    }

    /// Creates a database with a client, and closes and drops both after `body`.
    @discardableResult
    package static func withClient<Value>(
        _ content: Content = .nothing,
        _ body: (PostgresClient) async throws -> Value
    ) async throws -> Value {
        try await withDatabase(content) { configuration in
            try await withClient(of: configuration, body)
        }
    }

    /// Creates a client with the role of a service, and closes it after `body`.
    @discardableResult
    package static func withClient<Value>(
        of database: PostgresConfiguration,
        as role: String,
        _ body: (PostgresClient) async throws -> Value
    ) async throws -> Value {
        guard let file = TestCluster.passwordFile(of: role, in: database) else {
            throw TestClusterFailure(arguments: [role], output: "The cluster has no passwords of roles.")
        }
        var configuration = database
        configuration.user = role
        configuration.password = try String(contentsOfFile: file, encoding: .utf8)
        return try await withClient(of: configuration, body)
    }

    /// Like ``withClient(_:_:)``, with one different setting.
    @discardableResult
    package static func withClient<Value, Setting>(
        _ setting: WritableKeyPath<PostgresConfiguration, Setting>,
        _ value: Setting,
        _ body: (PostgresClient) async throws -> Value
    ) async throws -> Value {
        try await withDatabase { configuration in
            var configuration = configuration
            configuration[keyPath: setting] = value
            return try await withClient(of: configuration, body)
        }
    }

    @discardableResult
    private static func withClient<Value>(
        of configuration: PostgresConfiguration,
        _ body: (PostgresClient) async throws -> Value
    ) async throws -> Value {
        let client = PostgresClient(configuration: configuration)
        let outcome: Result<Value, any Error>
        do {
            outcome = .success(try await body(client))
        } catch {
            outcome = .failure(error)
        }
        await client.close()
        return try outcome.get()
    }

    private static let counter = Atomic<Int>(0)

    /// Prepares a database for the services, as the cluster's owner must.
    ///
    /// Existing objects are transferred to the services' owner.
    package static func prepare(_ database: PostgresConfiguration) throws {
        let script = TestCluster.packageRoot.appending(path: "k8s/base/postgres/database.sql").path()
        let (status, output) = try ChildProcess.run(
            "psql",
            ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", script],
            environment: ProcessInfo.processInfo.environment.merging([
                "PGHOST": database.host, "PGPORT": String(database.port), "PGUSER": database.user,
                "PGPASSWORD": database.password ?? "", "PGDATABASE": database.database,
                "PGOPTIONS": "-c client_min_messages=warning", "PGTARGETSESSIONATTRS": database.targetSession.rawValue,
            ]) { $1 }
        )
        guard status == 0 else { throw TestClusterFailure(arguments: ["psql", script], output: output) }
    }

    /// The name of the template with a content, which the first caller creates.
    private static func template(with content: Content, _ connection: PostgresConnection) async throws -> String {
        switch content {
        case .nothing:
            return "template0"
        case .extensions:
            return try await template("template_extensions", from: "template0", connection, fill: prepare)
        case .tables:
            // A server outlives a build, and with it the migrations.
            let build = try RunningService.Executable.personService.buildTime().timeIntervalSince1970
            let source = try await template(with: .extensions, connection)
            return try await template(
                "template_tables_\(Int64(build * 1_000))",
                from: source,
                connection,
                fill: RunningService.migrate
            )
        }
    }

    private static func template(
        _ name: String,
        from source: String,
        _ connection: PostgresConnection,
        fill: (PostgresConfiguration) throws -> Void
    ) async throws -> String {
        // Several tests and several test processes share the server.
        try await connection.query("SELECT pg_advisory_lock(727201)")
        if try await connection.query("SELECT 1 FROM pg_database WHERE datname = \(name)").isEmpty {
            let draft = name + "_draft"
            try await drop(draft, connection)
            try await connection.execute(
                "CREATE DATABASE \(identifier: draft) OWNER uda_owner TEMPLATE \(identifier: source)"
            )
            var configuration = try TestCluster.configuration()
            configuration.database = draft
            try fill(configuration)
            try await connection.execute("ALTER DATABASE \(identifier: draft) RENAME TO \(identifier: name)")
        }
        try await connection.query("SELECT pg_advisory_unlock(727201)")
        return name
    }
}
