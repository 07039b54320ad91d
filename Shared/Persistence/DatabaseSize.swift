package import Postgres

/// The size of the database on its disk, without PostgreSQL's write-ahead log.
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
