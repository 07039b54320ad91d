import Foundation
package import Postgres
import Synchronization

/// Databases that live for one test.
package enum TestDatabase {
    /// Makes an empty database on the test server, and drops it after `body`, whatever became of that.
    ///
    /// With `postgis` it is a copy of a template that has the extension, which takes a second once.
    package static func withDatabase<Value>(
        postgis: Bool = false,
        _ body: (PostgresConfiguration) async throws -> Value
    ) async throws -> Value {
        var configuration = try TestCluster.configuration()
        var administration = configuration
        administration.maximumConnections = 1
        let administrator = PostgresClient(configuration: administration)
        let name = "test_\(ProcessInfo.processInfo.processIdentifier)_\(counter.add(1, ordering: .relaxed).newValue)"
        let template = postgis ? try await postgisTemplate(administrator) : "template0"
        // A name that an earlier process of the same number left behind may be there.
        try await administrator.execute("DROP DATABASE IF EXISTS \(identifier: name) WITH (FORCE)")
        try await administrator.execute(
            "CREATE DATABASE \(identifier: name) TEMPLATE \(identifier: template) STRATEGY file_copy"
        )
        configuration.database = name
        let outcome: Result<Value, any Error>
        do {
            outcome = .success(try await body(configuration))
        } catch {
            outcome = .failure(error)
        }
        try await Task { [administrator] in
            // In a task of its own, so that a cancelled test cleans up all the same.
            try await administrator.execute("DROP DATABASE \(identifier: name) WITH (FORCE)")
            await administrator.close()
        }.value
        return try outcome.get()
    }

    /// Makes an empty database and a client for it, and closes and drops both after `body`.
    package static func withClient<Value>(
        postgis: Bool = false,
        configure: (inout PostgresConfiguration) -> Void = { _ in },
        _ body: (PostgresClient) async throws -> Value
    ) async throws -> Value {
        try await withDatabase(postgis: postgis) { configuration in
            var configuration = configuration
            configure(&configuration)
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
    }

    private static let counter = Atomic<Int>(0)

    /// A database with PostGIS to copy from, as CREATE EXTENSION takes a second each time.
    private static func postgisTemplate(_ administrator: PostgresClient) async throws -> String {
        let name = "template_postgis"
        try await administrator.withConnection { connection in
            // Several test processes share the server.
            try await connection.query("SELECT pg_advisory_lock(727201)")
            let exists = try await connection.query("SELECT 1 FROM pg_database WHERE datname = \(name)")
            if exists.isEmpty { try await makePostgisTemplate(name, connection, administrator.configuration) }
            try await connection.query("SELECT pg_advisory_unlock(727201)")
        }
        return name
    }

    private static func makePostgisTemplate(
        _ name: String,
        _ connection: PostgresConnection,
        _ administration: PostgresConfiguration
    ) async throws {
        let draft = name + "_draft"
        try await connection.execute("DROP DATABASE IF EXISTS \(identifier: draft) WITH (FORCE)")
        try await connection.execute("CREATE DATABASE \(identifier: draft) TEMPLATE template0")
        var configuration = administration
        configuration.database = draft
        let client = PostgresClient(configuration: configuration)
        try await client.execute("CREATE EXTENSION postgis")
        await client.close()
        try await connection.execute("ALTER DATABASE \(identifier: draft) RENAME TO \(identifier: name)")
    }
}
