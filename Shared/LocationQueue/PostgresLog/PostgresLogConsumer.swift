internal import Concurrency
internal import Failpoints
internal import Models
package import Observability
internal import Postgres
internal import Synchronization

/// A member of the group that consumes the log in PostgreSQL.
///
/// Members hold leases by the database's clock. The members with valid leases share the partitions, so those of a dead
/// member move to the others within seconds. If two members briefly own the same partition, offsets advance by
/// compare-and-set, and the slower one's batch is refused.
package final class PostgresLogConsumer: LocationQueueConsumer {
    private struct State {
        var assigned: Set<Int> = []
        var lastRenewal: ContinuousClock.Instant?
    }

    private let log: PostgresLog
    private let member: String
    private let storedOffsets: @Sendable ([Int]) async throws -> [Int: Int64]
    private let lease: Duration
    private let logger: Logger
    private let tail: PostgresLogTail
    private let state = Mutex(State())

    /// A member of the group.
    ///
    /// - Parameters:
    ///   - log: the log.
    ///   - member: a unique name.
    ///   - maximumBytes: about how many bytes of messages ``poll()`` returns at most.
    ///   - lease: how long a dead member keeps its partitions.
    ///   - logger: logs assignments.
    ///   - storedOffsets: looks up the offsets to continue from.
    package init(
        log: PostgresLog,
        member: String,
        maximumBytes: Int = 1 << 20,
        lease: Duration = .seconds(6),
        logger: Logger,
        storedOffsets: @escaping @Sendable ([Int]) async throws -> [Int: Int64]
    ) {
        self.log = log
        self.member = member
        tail = PostgresLogTail(log: log, from: [:], maximumBytes: maximumBytes)
        self.lease = lease
        self.logger = logger
        self.storedOffsets = storedOffsets
    }

    package func poll() async throws -> [QueueBatch] {
        try await renewIfDue()
        return try await tail.next()
    }

    package func seekToStoredOffsets() {
        tail.reposition { $0 = [:] }
        state.withLock { state in
            state.assigned = []
            state.lastRenewal = nil
        }
    }

    package func leave() async {
        seekToStoredOffsets()
        // If this fails, the lease expires.
        _ = try? await log.client.execute("DELETE FROM location_log_member WHERE member = \(member)")
        _ = try? await log.client.query("SELECT pg_notify(\(PostgresLog.channel), '')")
    }

    private func renewIfDue() async throws {
        let now = ContinuousClock.now
        guard state.withLock({ $0.lastRenewal.map { now - $0 >= lease / 3 } ?? true }) else { return }
        let partitions = try await log.partitionCount()
        let assigned = Self.assignment(of: member, among: try await renew(), partitions: partitions)
        let gained = state.withLock { assigned.subtracting($0.assigned) }
        let offsets = gained.isEmpty ? [:] : try await startingOffsets(of: gained.sorted())
        if !gained.isEmpty { Failpoint.consumerWhileAssigned.reach() }
        let hasChanged = state.withLock { state in
            let hasChanged = state.assigned != assigned
            state.assigned = assigned
            state.lastRenewal = now
            return hasChanged
        }
        tail.reposition { positions in
            positions = positions.filter { assigned.contains($0.key) }
            positions.merge(offsets) { _, new in new }
        }
        if hasChanged { logger.info("Assigned partitions of the log", [.count: .integer(assigned.count)]) }
    }

    /// Renews the lease, removes members with an expired one, and returns the others.
    private func renew() async throws -> [String] {
        try await log.client.query(
            """
            WITH expired AS (
                DELETE FROM location_log_member WHERE expires_at < now() AND member <> \(member)
            ), renewed AS (
                INSERT INTO location_log_member (member, expires_at)
                VALUES (\(member), now() + make_interval(secs => \(lease.inSeconds)))
                ON CONFLICT (member) DO UPDATE SET expires_at = excluded.expires_at
            )
            SELECT member FROM location_log_member WHERE expires_at >= now()
            """
        ).column(String.self)
    }

    private func startingOffsets(of partitions: [Int]) async throws -> [Int: Int64] {
        let stored = try await storedOffsets(partitions)
        let ends = try await log.ends()
        for (partition, offset) in stored where offset > ends[partition] ?? 0 {
            // The database is ahead of the log, which must have been recreated; continuing would lose messages.
            logger.error("The log ends before the stored offset", [.partition: .integer(partition)])
            throw LocationQueueError(.offsetOutOfRange)
        }
        return stored
    }

    /// Assigns the partitions to the members in the order of their names.
    static func assignment(of member: String, among members: [String], partitions: Int) -> Set<Int> {
        let members = Set(members).union([member]).sorted()
        guard let place = members.firstIndex(of: member) else { return [] }
        return Set(stride(from: place, to: partitions, by: members.count))
    }
}
