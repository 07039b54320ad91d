internal import Failpoints
internal import Models
package import Postgres
internal import Synchronization

/// The progress of a batch in one partition of the queue.
package struct OffsetAdvance: Sendable {
    /// The partition.
    package let partition: Int
    /// The offset that the database must still have; another consumer has moved it otherwise.
    package let expected: Int64
    /// The offset after the last message of the batch.
    package let next: Int64

    package init(partition: Int, expected: Int64, next: Int64) {
        self.partition = partition
        self.expected = expected
        self.next = next
    }
}

/// The outcome of a batch.
package struct SinkOutcome: Equatable, Sendable {
    /// The number of new rows.
    package var stored = 0
    /// The number of locations that repeat a stored row or each other.
    package var duplicates = 0
    /// The messages that became dead letters.
    package var deadLetters: [DeadLetter] = []
    /// The number of dropped messages of erased persons, and of times from which their person wants no locations kept.
    package var erased = 0

    package init(stored: Int = 0, duplicates: Int = 0, deadLetters: [DeadLetter] = [], erased: Int = 0) {
        self.stored = stored
        self.duplicates = duplicates
        self.deadLetters = deadLetters
        self.erased = erased
    }
}

/// The batch, or a part of it, was already stored by another consumer.
package struct OffsetConflict: Error, Equatable, CustomStringConvertible {
    package init() {}

    /// A sentence that names the next step.
    package var description: String {
        "Another consumer has moved a partition's offset: read the offsets again and go on from there."
    }
}

/// The database stores the offsets of another queue.
package struct QueueMismatch: Error, Equatable, CustomStringConvertible {
    /// The queue whose offsets the database has.
    package let stored: String
    /// The queue that this process is configured for.
    package let asked: String

    /// A sentence that names the next step.
    package var description: String {
        """
        The database has stored from the queue \(stored), so it cannot go on with \(asked): configure that queue again, \
        or use a database of its own. If it is the same queue under another name, correct the table location_queue by hand.
        """
    }
}

/// Stores batches of locations together with the queue's offsets, each exactly once.
package struct LocationSink: Sendable {
    private let client: PostgresClient
    private let partitions = KnownPartitions()

    package init(client: PostgresClient) {
        self.client = client
    }

    /// Checks that the stored offsets belong to a queue, by the queue's identity.
    ///
    /// Offsets and location numbers mean nothing in another queue. A database that has stored nothing and whose
    /// embedded log is empty is bound to this queue.
    ///
    /// - Throws: ``QueueMismatch``, or an error of the database.
    package func bind(to identity: String) async throws {
        // Messages in the embedded log would never be stored if another queue took over.
        try await client.execute(
            """
            INSERT INTO location_queue (identity)
            SELECT CASE WHEN EXISTS (SELECT FROM location_log_partition WHERE next_offset > 0)
                THEN 'postgres' ELSE \(identity) END
            ON CONFLICT DO NOTHING
            """
        )
        try await client.execute(
            """
            UPDATE location_queue SET identity = \(identity)
            WHERE NOT EXISTS (SELECT FROM location_offset WHERE next_offset > 0)
                AND NOT EXISTS (SELECT FROM location_log_partition WHERE next_offset > 0)
            """
        )
        let stored = try await client.query("SELECT identity FROM location_queue").single(String.self)
        guard stored == identity else { throw QueueMismatch(stored: stored, asked: identity) }
    }

    /// Returns the next offsets by partition; new partitions start at 0.
    package func offsets(of partitions: [Int]) async throws -> [Int: Int64] {
        let numbers = partitions.map(Int16.init)
        try await client.execute(
            """
            INSERT INTO location_offset (partition) SELECT * FROM unnest(\(numbers)) ON CONFLICT DO NOTHING
            """
        )
        let rows = try await client.query(
            "SELECT partition, next_offset FROM location_offset WHERE partition = ANY(\(numbers))"
        )
        return Dictionary(
            try rows.decode(Int16.self, Int64.self).map { (Int($0), $1) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// Stores a batch, writes dead letters and advances the offsets, in one transaction.
    ///
    /// Messages that cannot be decoded and locations of unknown persons become dead letters. A person has at most
    /// ``LocationsByMoment/maximumCount`` locations at one time; further ones become dead letters, too. A location whose
    /// person, device, time and place are already stored is a repeat, which is counted and dropped. A message that
    /// arrives after its person was erased is dropped as well, and erased from the embedded queue. So is a location of a
    /// time from which its person wants none kept; location-producer withholds these, and what it did not know yet ends here.
    ///
    /// - Parameters:
    ///   - messages: the batch.
    ///   - advances: the offsets that the batch advances.
    /// - Returns: how many rows are new, repeated, dead letters and dropped.
    /// - Throws: ``OffsetConflict`` if another consumer was faster; then nothing was stored. After a ``PostgresError``
    ///   with `commitOutcomeUnknown`, the stored offsets tell whether the batch was committed.
    package func store(
        _ messages: [ReceivedMessage],
        advancing advances: [OffsetAdvance]
    ) async throws -> SinkOutcome {
        let locations = messages.compactMap(\.location)
        try await createPartitions(for: locations)
        return try await client.withTransaction { connection in
            // Shared: no person seen below can be erased before this transaction ends. The timeout keeps a stalled
            // process from locking the offsets' rows, which the next owner of its partitions waits for.
            try await connection.query(
                """
                SELECT pg_advisory_xact_lock_shared(\(AdvisoryLock.erasure))::text,
                    set_config('idle_in_transaction_session_timeout', '5s', true)
                """
            )
            try await Self.advance(advances, on: connection)
            let known = try await PersonStore.existing(of: Set(locations.map(\.report.personID)), on: connection)
            let pauses = try await PauseStore.pauses(of: Array(known), on: connection)
            var letters: [DeadLetter] = []
            var paused = 0
            var forgotten: Set<ForgottenTime> = []
            var rows = LocationsByMoment(minimumCapacity: locations.count)
            for message in messages {
                switch message.content {
                case .location(let location):
                    if let time = pauses.pause(of: location.report) {
                        paused += 1
                        forgotten.insert(time)
                    } else if known.contains(location.report.personID) {
                        rows.add(location)
                    } else {
                        letters.append(message.deadLetter(.unknownPerson))
                    }
                case .undecodable(let reason): letters.append(message.deadLetter(reason))
                }
            }
            let (stored, excess) = try await Self.insert(rows, on: connection)
            for message in messages where !excess.isEmpty {
                guard let id = message.location?.id, excess.contains(id) else { continue }
                letters.append(message.deadLetter(.crowdedMoment))
            }
            let unstored = letters.count
            letters = try await Self.leavingOutErased(letters, on: connection)
            try await DeadLetterStore.insert(letters, on: connection)
            try await PauseStore.announce(forgotten, on: connection)
            Failpoint.consumerBeforeCommit.reach()
            return SinkOutcome(
                stored: stored,
                duplicates: messages.count - unstored - stored - paused,
                deadLetters: letters,
                erased: unstored - letters.count + paused
            )
        }
    }

    private func createPartitions(for locations: [Location]) async throws {
        let months = Set(locations.lazy.map { LocationPartitions.Month($0.report.creationTime) })
        guard !partitions.contain(months) else { return }
        try await client.withTransaction { connection in
            try await LocationPartitions.create(for: locations.lazy.map(\.report.creationTime), on: connection)
        }
        partitions.insert(months)
    }

    private static func advance(_ advances: [OffsetAdvance], on connection: PostgresConnection) async throws {
        let (partitions, expected, next) = (
            advances.map { Int16($0.partition) }, advances.map(\.expected), advances.map(\.next)
        )
        let moved = try await connection.execute(
            """
            UPDATE location_offset o SET next_offset = a.next
            FROM unnest(\(partitions), \(expected), \(next)) AS a (partition, expected, next)
            WHERE o.partition = a.partition AND o.next_offset = a.expected
            """
        )
        guard moved == advances.count else { throw OffsetConflict() }
    }

    /// Drops the letters of erased persons, erases their messages from the embedded queue, and returns the other
    /// letters.
    private static func leavingOutErased(
        _ letters: [DeadLetter],
        on connection: PostgresConnection
    ) async throws -> [DeadLetter] {
        guard !letters.isEmpty else { return [] }
        let persons = letters.map { $0.personID?.rawValue ?? 0 }
        let unread = letters.map { $0.personID == nil && $0.isUnderstood ? $0.payload : [] }
        let rows = try await connection.query(
            """
            SELECT number, e.person_id
            FROM unnest(\(persons), \(unread)) WITH ORDINALITY AS letter (person_id, payload, number)
            JOIN person_erasure e
                ON e.person_id = coalesce(nullif(letter.person_id, 0), location_message_person(letter.payload))
            """
        ).decode(Int64.self, PersonID.self)
        guard !rows.isEmpty else { return letters }
        let erased = Dictionary(grouping: rows) { $0.1 }.mapValues { $0.map { letters[Int($0.0) - 1].offset } }
        for (person, offsets) in erased {
            let (first, last) = (offsets.min() ?? 0, offsets.max() ?? 0)
            try await connection.query("SELECT erase_from_location_log(\(person), \(first), \(last + 1))")
        }
        let numbers = Set(rows.map { $0.0 })
        return letters.enumerated().filter { !numbers.contains(Int64($0.offset) + 1) }.map(\.element)
    }

    /// Copies rows into a staging table and inserts the new ones.
    ///
    /// - Returns: how many were inserted, and the locations beyond the maximum per time.
    private static func insert(
        _ rows: LocationsByMoment,
        on connection: PostgresConnection
    ) async throws -> (stored: Int, excess: Set<LocationID>) {
        guard let times = rows.times else { return (0, []) }
        try await connection.execute(
            """
            CREATE TEMPORARY TABLE IF NOT EXISTS location_staging (
                id bigint, person_id integer, creation_time timestamptz, coordinate geometry(Point, 4326), cell bigint,
                accuracy integer, is_mock boolean, altitude smallint, speed smallint, course smallint, battery smallint,
                device smallint, is_heartbeat boolean
            ) ON COMMIT DELETE ROWS
            """
        )
        try await LocationRows.copy(rows.firsts, into: stagingCopy, on: connection)
        Failpoint.consumerInInsert.reach()
        // The right plan is one index lookup per row, by person and time. Without statistics of the temporary table,
        // the planner would scan the whole partition, or choose a plan for a small partition that reads it once per
        // row.
        try await connection.execute("SET LOCAL enable_seqscan = off")
        let stored = try await insertFirsts(at: times, on: connection)
        let twins = rows.twins
        guard stored < rows.firsts.count || !twins.isEmpty else { return (stored, []) }
        try await LocationRows.copy(twins, into: stagingCopy, on: connection)
        let outcome = try await insertTwins(at: times, on: connection)
        return (stored + outcome.stored, outcome.excess)
    }

    private static let stagingCopy: PostgresQuery = "COPY location_staging FROM STDIN (FORMAT binary)"

    /// Inserts the staged rows whose person has no location at that time yet: nearly all.
    ///
    /// An anti-join with a plain INSERT is 1.6 times as fast as ON CONFLICT, which writes each row speculatively. If
    /// another consumer inserts a row of the same person and time concurrently, the statement fails and the batch is
    /// retried.
    private static func insertFirsts(
        at times: ClosedRange<Timestamp>,
        on connection: PostgresConnection
    ) async throws -> Int {
        // The bounds limit the search to the partitions of the batch. OFFSET 0 keeps the planner from turning the
        // subquery into a join: with outdated statistics, it expects almost no rows between the bounds and would
        // compare each row with all of them.
        try await connection.execute(
            """
            INSERT INTO location (\(fragment: LocationRows.columns))
            SELECT \(fragment: LocationRows.columns) FROM location_staging s
            WHERE NOT EXISTS (SELECT \(fragment: ofSameMoment(within: times)) OFFSET 0)
            """
        )
    }

    /// Inserts the remaining staged rows, without repeats: locations of another device or place at the same time.
    private static func insertTwins(
        at times: ClosedRange<Timestamp>,
        on connection: PostgresConnection
    ) async throws -> (stored: Int, excess: Set<LocationID>) {
        let rows = try await connection.query(
            """
            WITH missing AS MATERIALIZED (
                SELECT s.*, (SELECT count(*) \(fragment: ofSameMoment(within: times)))
                    + row_number() OVER (PARTITION BY person_id, creation_time ORDER BY id) - 1 AS twin
                FROM location_staging s
                WHERE NOT has_location(person_id, creation_time, device, coordinate)
            ), stored AS (
                INSERT INTO location (\(fragment: LocationRows.columns), twin)
                SELECT \(fragment: LocationRows.columns), twin FROM missing WHERE twin < \(LocationsByMoment.maximumCount)
            )
            SELECT id, twin < \(LocationsByMoment.maximumCount) FROM missing
            """
        ).decode(LocationID.self, Bool.self)
        let excess = Set(rows.lazy.filter { !$0.1 }.map(\.0))
        return (rows.count - excess.count, excess)
    }

    /// The end of a SELECT: the stored locations with the person and the time of a staged row `s`.
    private static func ofSameMoment(within times: ClosedRange<Timestamp>) -> PostgresQuery {
        """
        FROM location l
        WHERE l.person_id = s.person_id AND l.creation_time = s.creation_time AND l.id >= \(literal: LocationID.leastQueued)
            AND l.creation_time BETWEEN \(times.lowerBound.postgres) AND \(times.upperBound.postgres)
        """
    }
}

extension [PersonID: [Pause]] {
    /// The pause of its person in which a location's time lies.
    fileprivate func pause(of report: LocationReport) -> ForgottenTime? {
        guard !isEmpty, let pause = self[report.personID]?.first(where: { $0.contains(report.creationTime) }) else {
            return nil
        }
        return ForgottenTime(person: report.personID, since: pause.begins, until: pause.ends)
    }
}

/// The partitions that this process has seen.
private final class KnownPartitions: Sendable {
    private let months = Mutex<Set<LocationPartitions.Month>>([])

    func contain(_ others: Set<LocationPartitions.Month>) -> Bool {
        months.withLock { $0.isSuperset(of: others) }
    }

    func insert(_ others: Set<LocationPartitions.Month>) {
        months.withLock { $0.formUnion(others) }
    }
}
