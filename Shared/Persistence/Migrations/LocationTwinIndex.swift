internal import Postgres

/// Replaces the index that allows a person one location a moment by one that allows several, while consumers go on
/// storing.
///
/// The key is person, time and `twin` rather than person, time, device and place, which is 40 bytes wider and made
/// inserting a quarter slower. Two transactions that store locations of one person and moment at once number them alike,
/// so that the second one fails, is tried again, and then sees what the first one has stored.
///
/// PostgreSQL builds the index of a partitioned table in one transaction, which keeps writers out until all partitions
/// have theirs. So the index begins without any, each partition's is built concurrently, and then attached; the last one
/// makes the whole index valid (PostgreSQL's manual, "Table Partitioning", section 5.12.2.2). Only then the old index
/// goes. Meanwhile both hold, and a consumer of the version before, which stores one location a moment, satisfies both.
///
/// An interruption leaves what has been built; the next attempt goes on from there.
struct LocationTwinIndex {
    private let connection: PostgresConnection

    /// An hour and more for a partition with a billion rows; the limit is for statements that hang.
    private static let buildTimeout = Duration.seconds(24 * 3_600)
    /// The longest wait for an exclusive lock; other statements queue behind it.
    private static let lockTimeout = "2s"

    private static let key: PostgresQuery =
        "(person_id, creation_time, twin) WHERE id >= 4294967296"

    init(_ connection: PostgresConnection) {
        self.connection = connection
    }

    func build() async throws {
        try await locking {
            try await connection.execute(
                "CREATE UNIQUE INDEX IF NOT EXISTS location_person_time_twin ON ONLY location \(fragment: Self.key)"
            )
        }
        // A partition that is made from now on gets its index at once, so the list only shrinks.
        for partition in try await partitionsWithoutIndex() { try await build(on: partition) }
        try await locking { try await connection.execute("DROP INDEX IF EXISTS location_person_time") }
    }

    private func partitionsWithoutIndex() async throws -> [String] {
        try await connection.query(
            """
            SELECT relname::text FROM pg_inherits p JOIN pg_class c ON c.oid = p.inhrelid
            WHERE p.inhparent = 'location'::regclass AND NOT EXISTS (
                SELECT FROM pg_index i JOIN pg_inherits a ON a.inhrelid = i.indexrelid
                WHERE i.indrelid = c.oid AND a.inhparent = 'location_person_time_twin'::regclass
            )
            ORDER BY relname
            """
        ).column(String.self)
    }

    private func build(on partition: String) async throws {
        let index = "\(partition)_person_time_twin"
        // An attempt that was interrupted has left an index that is not valid.
        try await waiting("DROP INDEX CONCURRENTLY IF EXISTS \(identifier: index)")
        try await waiting(
            """
            CREATE UNIQUE INDEX CONCURRENTLY \(identifier: index) ON \(identifier: partition) \(fragment: Self.key)
            """
        )
        try await locking {
            try await connection.execute("ALTER INDEX location_person_time_twin ATTACH PARTITION \(identifier: index)")
        }
    }

    /// Runs a statement that blocks no reader or writer but waits for every older transaction, such as one that reads all locations.
    private func waiting(_ statement: PostgresQuery) async throws {
        try await connection.execute("SET lock_timeout = 0")
        do {
            try await connection.execute(statement, timeout: Self.buildTimeout)
        } catch {
            _ = try? await connection.execute("RESET lock_timeout")
            throw error
        }
        try await connection.execute("RESET lock_timeout")
    }

    /// Runs a statement that takes a lock on the whole table, again and again until it gets the lock quickly: while it
    /// queues for the lock, all others queue behind it.
    private func locking(_ statement: () async throws -> Void) async throws {
        while true {
            do {
                try await connection.withTransaction { connection in
                    try await connection.execute("SET LOCAL lock_timeout = \(literal: Self.lockTimeout)")
                    try await statement()
                }
                return
            } catch let error as PostgresError where error.sqlState == .lockNotAvailable {
                try await Task.sleep(for: .milliseconds(500))
            }
        }
    }
}
