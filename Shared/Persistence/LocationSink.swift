internal import Failpoints
package import Models
package import Postgres
internal import Synchronization

/// Where one partition of the queue was and is to go on.
package struct OffsetAdvance: Sendable {
    /// The partition.
    package let partition: Int
    /// The offset that the database must have, or else somebody else has gone on.
    package let expected: Int64
    /// The offset behind the last message of the batch.
    package let next: Int64

    /// Joins the three.
    package init(partition: Int, expected: Int64, next: Int64) {
        self.partition = partition
        self.expected = expected
        self.next = next
    }
}

/// What became of a batch.
package struct SinkOutcome: Equatable, Sendable {
    /// Rows that are new.
    package var stored = 0
    /// Repetitions of rows that were there, or of each other.
    package var duplicates = 0
    /// Messages that went to the dead letters.
    package var buried: [DeadLetter] = []
    /// Messages of erased persons, which are left out.
    package var erased = 0

    /// Joins the four.
    package init(stored: Int = 0, duplicates: Int = 0, buried: [DeadLetter] = [], erased: Int = 0) {
        self.stored = stored
        self.duplicates = duplicates
        self.buried = buried
        self.erased = erased
    }
}

/// A batch that the database refuses because somebody else has stored it, or a part of it.
package struct OffsetConflict: Error, Equatable, CustomStringConvertible {
    /// Makes the error.
    package init() {}

    /// A sentence that names the next step.
    package var description: String {
        "Another consumer has moved a partition's offset: read the offsets again and go on from there."
    }
}

/// A database whose offsets are those of another queue.
package struct QueueMismatch: Error, Equatable, CustomStringConvertible {
    /// The queue whose offsets it has.
    package let stored: String
    /// The queue that is to be consumed.
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

    /// Makes a sink into a database whose schema is up to date.
    package init(client: PostgresClient) {
        self.client = client
    }

    /// Makes sure that the offsets here are those of a queue, by its identity.
    ///
    /// Offsets and the numbers of locations mean nothing in another queue. A database that has stored nothing yet, and whose
    /// embedded log is empty, becomes the queue's.
    ///
    /// - Throws: ``QueueMismatch``, or what the database answers.
    package func bind(to identity: String) async throws {
        // What waits in the embedded log would never be stored if another queue took over.
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

    /// The offsets to go on from, by partition; those of partitions that are new are 0 from now on.
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

    /// Stores a batch, buries what cannot be stored, and advances the offsets, all in one transaction.
    ///
    /// Locations of persons that do not exist are buried, with their message's bytes from `payload`. A person has at most
    /// ``LocationsByMoment/maximumCount`` locations a moment; those beyond are buried, too. A location whose person, device, time and place are stored already is a repetition, which is counted and left out. So is a message of a
    /// person who was erased before it arrived; it is erased from the embedded queue as well.
    ///
    /// - Parameters:
    ///   - locations: the batch; numbers are unique in it.
    ///   - deadLetters: what could not be read.
    ///   - advances: the offsets that the batch moves.
    ///   - payload: makes the dead letter of a location, for the reason that its person does not exist.
    /// - Returns: how many rows are new, repeated, buried and left out.
    /// - Throws: ``OffsetConflict`` if another owner of a partition was faster, in which case nothing has happened.
    ///   After a ``PostgresError`` with `commitOutcomeUnknown`, the offsets tell whether it has.
    package func store(
        _ locations: [Location],
        deadLetters: [DeadLetter],
        advancing advances: [OffsetAdvance],
        unknownPerson payload: @Sendable (Location) -> DeadLetter
    ) async throws -> SinkOutcome {
        try await createPartitions(for: locations)
        return try await client.withTransaction { connection in
            // Shared: a person that is seen below cannot be erased before this transaction ends. A process that stands
            // still must not hold the offsets' rows for long, which whoever takes its partitions over waits for.
            try await connection.query(
                """
                SELECT pg_advisory_xact_lock_shared(\(AdvisoryLock.erasure))::text,
                    set_config('idle_in_transaction_session_timeout', '5s', true)
                """
            )
            try await Self.advance(advances, on: connection)
            let known = try await PersonStore.existing(of: Set(locations.map(\.report.personID)), on: connection)
            var letters = deadLetters
            var rows = LocationsByMoment(minimumCapacity: locations.count)
            for location in locations {
                if known.contains(location.report.personID) {
                    rows.add(location)
                } else {
                    letters.append(payload(location))
                }
            }
            let (stored, excess) = try await Self.insert(rows, on: connection)
            letters += excess.map { payload($0).because(Self.crowdedMoment) }
            let unstored = letters.count
            letters = try await Self.leavingOutErased(letters, on: connection)
            try await DeadLetterStore.bury(letters, on: connection)
            Failpoint.consumerBeforeCommit.reach()
            return SinkOutcome(
                stored: stored,
                duplicates: locations.count + deadLetters.count - unstored - stored,
                buried: letters,
                erased: unstored - letters.count
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

    /// Returns the letters of persons who were not erased, and erases the others from the embedded queue.
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

    /// The reason of dead letters of a moment that has ``LocationsByMoment/maximumCount`` locations of its person.
    private static let crowdedMoment = "crowded_moment"

    /// Stages rows and moves those over that are not there yet.
    ///
    /// - Returns: how many were stored, and those that are too many.
    private static func insert(
        _ rows: LocationsByMoment,
        on connection: PostgresConnection
    ) async throws -> (stored: Int, excess: [Location]) {
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
        // A lookup a row in the index that begins with person and time is what it has to be. The planner, who knows
        // nothing of a temporary table, would rather read the whole partition; and for a partition that was small when it
        // planned, it would read all of it for each row. What it is denied has so high a cost that it would compile the
        // plan each time.
        try await connection.execute(
            script: """
                SET LOCAL enable_seqscan = off;
                SET LOCAL jit = off;
                """
        )
        let stored = try await insertFirsts(at: times, on: connection)
        let twins = rows.twins
        guard stored < rows.firsts.count || !twins.isEmpty else { return (stored, []) }
        try await LocationRows.copy(twins, into: stagingCopy, on: connection)
        let outcome = try await insertTwins(at: times, on: connection)
        let excess = outcome.excess.isEmpty ? [] : (rows.firsts + twins).filter { outcome.excess.contains($0.id) }
        return (stored + outcome.stored, excess)
    }

    private static let stagingCopy: PostgresQuery = "COPY location_staging FROM STDIN (FORMAT binary)"

    /// Moves staged rows over whose person has no location of the moment: nearly all.
    ///
    /// An anti-join and a plain INSERT take 1.6 times less than ON CONFLICT, which writes each row speculatively. Another
    /// consumer that stores a row of the same person and moment at the same time makes it fail, and everything is tried
    /// again.
    private static func insertFirsts(
        at times: ClosedRange<Timestamp>,
        on connection: PostgresConnection
    ) async throws -> Int {
        // The bounds leave only the partitions of the batch's time to be looked at. OFFSET 0 keeps the planner from making
        // a join of it: where much has come since it last looked, it believes that there is next to nothing between the
        // bounds, and would compare each row with all that is there.
        try await connection.execute(
            """
            INSERT INTO location (\(fragment: LocationRows.columns))
            SELECT \(fragment: LocationRows.columns) FROM location_staging s
            WHERE NOT EXISTS (SELECT \(fragment: ofSameMoment(within: times)) OFFSET 0)
            """
        )
    }

    /// Moves staged rows over that were left, except repetitions: those of another device or place at the same moment.
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

    /// The stored locations of the person and the moment of a staged row `s`, as the end of a SELECT.
    private static func ofSameMoment(within times: ClosedRange<Timestamp>) -> PostgresQuery {
        """
        FROM location l
        WHERE l.person_id = s.person_id AND l.creation_time = s.creation_time AND l.id >= 4294967296
            AND l.creation_time BETWEEN \(times.lowerBound.postgres) AND \(times.upperBound.postgres)
        """
    }
}

/// The partitions that are known to exist.
private final class KnownPartitions: Sendable {
    private let months = Mutex<Set<LocationPartitions.Month>>([])

    func contain(_ others: Set<LocationPartitions.Month>) -> Bool {
        months.withLock { $0.isSuperset(of: others) }
    }

    func insert(_ others: Set<LocationPartitions.Month>) {
        months.withLock { $0.formUnion(others) }
    }
}
