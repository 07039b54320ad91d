package import Postgres

/// How much the database takes on its disk, PostgreSQL's own log excepted.
package struct DatabaseSize: Sendable {
    private let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Bytes of all tables and indexes; a look at each file, a few milliseconds.
    package func bytes() async throws -> Int {
        try await client.query("SELECT pg_database_size(current_database())").single(Int.self)
    }
}
