package import Postgres

/// The size of the database on disk, without PostgreSQL's write-ahead log.
package struct DatabaseSize: Sendable {
    private let client: PostgresClient

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Bytes of all tables and indexes.
    ///
    /// The server stats each file, which takes a few milliseconds.
    package func bytes() async throws -> Int {
        try await client.query("SELECT pg_database_size(current_database())").single(Int.self)
    }
}
