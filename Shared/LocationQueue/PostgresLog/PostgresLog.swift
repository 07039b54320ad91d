internal import Concurrency
internal import Models
package import Postgres
internal import Synchronization

/// The embedded queue: a partitioned log in PostgreSQL.
///
/// An append locks the counter rows of its partitions, so the order of offsets is the order of commits, and a reader
/// never sees a gap. NOTIFY wakes the readers; PostgreSQL delivers it with the commit.
package final class PostgresLog: LocationQueueLog {
    /// The channel that each append notifies.
    static let channel = "location_log"

    let client: PostgresClient
    private let knownOwnPartitions = Mutex<Range<Int>?>(nil)

    /// The log of a database, which may still be unreachable.
    package init(client: PostgresClient) {
        self.client = client
    }

    /// The number of partitions, which grows once: when a second region is set up.
    package func partitionCount() async throws -> Int {
        let count = try await client.query("SELECT count(*) FROM location_log_partition").single(Int.self)
        guard (1...LocationID.partitions).contains(count) else { throw LocationQueueError(.partitionCount) }
        return count
    }

    /// The partitions of this region, to which its producers append; they never change.
    func ownPartitions() async throws -> Range<Int> {
        if let known = knownOwnPartitions.withLock({ $0 }) { return known }
        let rows = try await client.query(
            """
            SELECT coalesce(min(partition), 0)::integer, count(*) FROM location_log_partition WHERE region = own_region()
            """
        ).decode(Int32.self, Int.self)
        let (first, count) = rows.first.map { (Int($0.0), $0.1) } ?? (0, 0)
        guard count > 0, first + count <= LocationID.partitions else { throw LocationQueueError(.partitionCount) }
        knownOwnPartitions.withLock { $0 = first..<first + count }
        return first..<first + count
    }

    /// The partition of a person's messages.
    static func partition(of person: PersonID, among count: Int) -> Int {
        partition(of: person, among: 0..<count)
    }

    /// The partition of a person's messages among those of a region.
    static func partition(of person: PersonID, among partitions: Range<Int>) -> Int {
        // Fibonacci hashing (Knuth, TAOCP 6.4), which spreads consecutive numbers evenly.
        let hash = UInt32(bitPattern: person.rawValue) &* 2_654_435_769
        return partitions.lowerBound + Int((UInt64(hash) * UInt64(partitions.count)) >> 32)
    }

    /// Appends one block per partition in one transaction; returns the first offset of each block.
    func append(_ blocks: [(partition: Int, block: MessageBlock)]) async throws -> [Int: Int64] {
        let partitions = blocks.map { Int16($0.partition) }
        let counts = blocks.map { Int32($0.block.count) }
        // It locks the counter rows in order, so two appends cannot deadlock.
        let rows = try await client.query(
            """
            WITH block AS (
                SELECT * FROM unnest(\(partitions), \(counts), \(blocks.map(\.block.bytes)))
                    AS b (partition, message_count, messages)
            ), counter AS (
                SELECT partition FROM location_log_partition WHERE partition = ANY(\(partitions))
                ORDER BY partition FOR UPDATE
            ), advanced AS (
                UPDATE location_log_partition p SET next_offset = p.next_offset + b.message_count
                FROM counter c JOIN block b USING (partition)
                WHERE p.partition = c.partition
                RETURNING p.partition, p.next_offset
            ), appended AS (
                INSERT INTO location_log (partition, last_offset, message_count, appended_at, messages)
                SELECT a.partition, a.next_offset - 1, b.message_count, clock_timestamp(), b.messages
                FROM advanced a JOIN block b USING (partition)
                RETURNING partition, last_offset - message_count + 1 AS first_offset
            )
            SELECT partition, first_offset, pg_notify(\(Self.channel), '')::text FROM appended
            """
        ).decode(Int16.self, Int64.self, String.self)
        guard rows.count == blocks.count else { throw LocationQueueError(.partitionCount) }
        return Dictionary(rows.map { (Int($0.0), $0.1) }, uniquingKeysWith: { first, _ in first })
    }

    /// The next messages of some partitions, in order and without a gap except for erased ones.
    ///
    /// - Parameters:
    ///   - positions: the offset to start from, by partition.
    ///   - maximumBytes: about how many bytes at most, shared evenly by the partitions; at least one block of each.
    /// - Returns: a batch for each partition with messages.
    /// - Throws: ``LocationQueueError`` if the log no longer has an offset, does not have it yet, or has a damaged block.
    package func read(from positions: [Int: Int64], maximumBytes: Int) async throws -> [QueueBatch] {
        guard !positions.isEmpty else { return [] }
        let partitions = positions.keys.sorted()
        let share = max(maximumBytes / partitions.count, 1)
        let rows = try await client.query(
            """
            SELECT b.partition, b.last_offset, b.message_count, b.appended_at, b.messages
            FROM unnest(\(partitions.map { Int16($0) }), \(partitions.map { positions[$0] ?? 0 })) AS w (partition, next),
            LATERAL (
                SELECT *, sum(octet_length(messages)) OVER (ORDER BY last_offset) - octet_length(messages) AS before
                FROM (
                    SELECT * FROM location_log l WHERE l.partition = w.partition AND l.last_offset >= w.next
                    ORDER BY l.last_offset LIMIT 512
                ) ahead
            ) b
            WHERE b.before < \(share)
            ORDER BY b.partition, b.last_offset
            """
        ).decode(Int16.self, Int64.self, Int32.self, PostgresTimestamp.self, [UInt8].self)
        var batches: [QueueBatch] = []
        for (partition, last, count, appendedAt, bytes) in rows {
            guard let ranges = MessageBlock.ranges(in: bytes, count: Int(count)) else {
                throw LocationQueueError(.corruptBlock)
            }
            if batches.last?.partition != Int(partition) {
                let start = positions[Int(partition)] ?? 0
                batches.append(QueueBatch(partition: Int(partition), messages: [], start: start, end: start))
            }
            let index = batches.count - 1
            let first = last - Int64(count) + 1
            guard first <= batches[index].end else { throw LocationQueueError(.offsetOutOfRange) }
            // An empty message is an erased one: it keeps its offset, and readers skip it.
            for (place, range) in ranges.enumerated()
            where !range.isEmpty && first + Int64(place) >= batches[index].end {
                batches[index].messages.append(
                    QueuedMessage(
                        offset: first + Int64(place),
                        appendedAt: Timestamp(microseconds: appendedAt.microsecondsSince1970),
                        storage: bytes,
                        range: range
                    )
                )
            }
            batches[index].end = last + 1
        }
        return batches
    }

    /// A constant, because queue and rows are in one database.
    package func identity() async throws -> String {
        "postgres"
    }

    package func tail(from offsets: [Int: Int64]) -> any LocationQueueTail {
        PostgresLogTail(log: self, from: offsets)
    }

    package func ends() async throws -> [Int: Int64] {
        let rows = try await client.query("SELECT partition, next_offset FROM location_log_partition")
        return Dictionary(
            try rows.decode(Int16.self, Int64.self).map { (Int($0), $1) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// Removes blocks older than `age` and before the stored offsets; returns how many.
    package func removeBlocks(olderThan age: Duration, before offsets: [Int: Int64]) async throws -> Int {
        let partitions = offsets.keys.sorted()
        return try await client.execute(
            """
            DELETE FROM location_log l
            USING unnest(\(partitions.map { Int16($0) }), \(partitions.map { offsets[$0] ?? 0 })) AS s (partition, next)
            WHERE l.partition = s.partition AND l.last_offset < s.next
                AND l.appended_at < now() - make_interval(secs => \(age.inSeconds))
            """
        )
    }
}
