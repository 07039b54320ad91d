internal import Models
internal import Postgres

/// Replaces the unique index on person and time by one that allows several locations at one time, while consumers
/// continue to store.
///
/// The key is person, time and `twin`. A key of person, time, device and place is 40 bytes wider and made inserts a
/// quarter slower. Two transactions that concurrently store locations of one person and time assign the same `twin`:
/// the second one fails, is retried, and then sees the rows of the first.
///
/// PostgreSQL builds the index of a partitioned table in one transaction, which blocks writers until all partitions are
/// indexed. Therefore the index is created on the parent only, built concurrently on each partition, and attached; the
/// last attachment makes the whole index valid (PostgreSQL's manual, "Table Partitioning", section 5.12.2.2). Then the
/// old index is dropped. Meanwhile both apply, and an older consumer, which stores one location per time, satisfies
/// both.
///
/// After an interruption, the next attempt continues with what has been built.
struct LocationTwinIndex {
    private let connection: PostgresConnection

    /// A partition with a billion rows takes more than an hour; the limit is for statements that hang.
    private static let buildTimeout = Duration.seconds(24 * 3_600)
    /// The longest wait for an exclusive lock; other statements queue behind it.
    private static let lockTimeout = "2s"

    private static let key: PostgresQuery =
        "(person_id, creation_time, twin) WHERE id >= \(literal: LocationID.leastQueued)"

    init(_ connection: PostgresConnection) {
        self.connection = connection
    }

    func build() async throws {
        try await locking {
            try await connection.execute(
                "CREATE UNIQUE INDEX IF NOT EXISTS location_person_time_twin ON ONLY location \(fragment: Self.key)"
            )
        }
        // A partition that is created from now on has its index at once, so the list only shrinks.
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
        // An interrupted attempt leaves an invalid index.
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

    /// Runs a statement that blocks no readers or writers, but waits for all older transactions, such as an export.
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

    /// Runs a statement that locks the whole table, and repeats it until it gets the lock quickly: all other statements
    /// queue behind a waiting one.
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
