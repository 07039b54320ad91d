import LocationQueue
import Models
import Persistence

/// Which locations of the queue belong into the index, and how far the index has followed the queue.
struct IndexMembership {
    /// The maximum number of pending locations of unknown persons.
    static let maximumPending = 100_000
    /// The maximum number of persons with forgotten times; beyond it, all are dropped, as the index has read most of their messages.
    static let maximumForgotten = 10_000

    /// The persons who are known to exist.
    var persons = KnownPersons()
    /// The next offset of each partition.
    private(set) var positions: [Int: Int64] = [:]
    /// Locations of unknown persons, pending until the consumer has processed them.
    private(set) var pending: [Location] = []
    /// Whether the index was loaded, even if it is outdated now.
    private(set) var isLoaded = false
    /// Whether the index has all messages that the queue had at the load.
    private(set) var isCurrent = false
    /// Whether the database no longer has some locations of the index.
    var needsReload = false
    /// The latest forgotten times of each person, of which the queue may still have messages.
    private var forgotten: [PersonID: [Range<Timestamp>]] = [:]
    /// What was removed since the last load began, which may have read it before.
    private(set) var forgottenSinceLoad: [ForgottenTime] = []
    /// The ends of the queue after the load.
    private var goal: [Int: Int64] = [:]

    /// A load begins: from now on, it may miss what is removed.
    mutating func beginLoad() {
        needsReload = false
        forgottenSinceLoad = []
    }

    /// Starts again after a load.
    mutating func replace(persons: [PersonID], positions: [Int: Int64], goal: [Int: Int64]) {
        self.persons.replace(with: persons)
        self.positions = positions
        self.goal = goal
        pending = []
        isLoaded = true
    }

    /// The persons of some locations who were not looked up, each with the person's partition.
    func unknownPersons(of locations: [Location]) -> [PersonID: Int] {
        var unknown: [PersonID: Int] = [:]
        for location in locations where !persons.contains(location.report.personID) {
            unknown[location.report.personID] = location.id.place?.partition
        }
        return unknown
    }

    /// Moves behind some batches; returns how many pending locations were dropped.
    mutating func advance(behind batches: [QueueBatch], pending unknown: [Location]) -> Int {
        for batch in batches { positions[batch.partition] = batch.end }
        pending += unknown
        let excess = max(pending.count - Self.maximumPending, 0)
        pending.removeFirst(excess)
        return excess
    }

    /// Removes pending locations that the consumer has processed.
    mutating func settle(_ ids: Set<LocationID>) {
        pending.removeAll { ids.contains($0.id) }
    }

    /// Records a forgotten time.
    ///
    /// - Parameters:
    ///   - time: what is removed from the index.
    ///   - end: the moment from which on locations of the queue are not forgotten.
    mutating func forget(_ time: ForgottenTime, until end: Timestamp) {
        if forgottenSinceLoad.count < Self.maximumForgotten {
            forgottenSinceLoad.append(time)
        } else {
            needsReload = true
        }
        guard time.since < end else { return }
        if forgotten.count >= Self.maximumForgotten { forgotten.removeAll() }
        let known = forgotten[time.person, default: []].suffix(99)
        forgotten[time.person] = known + [time.since..<end]
    }

    /// Whether a location is of a forgotten time.
    func hasForgotten(_ report: LocationReport) -> Bool {
        !forgotten.isEmpty && forgotten[report.personID]?.contains { $0.contains(report.creationTime) } == true
    }

    /// Becomes current if the positions have reached the goal; returns whether it just did.
    mutating func reachGoal() -> Bool {
        guard !isCurrent, goal.allSatisfy({ positions[$0.key] ?? 0 >= $0.value }) else { return false }
        isCurrent = true
        return true
    }

    /// Is no longer current; returns whether it was.
    mutating func fallBehind() -> Bool {
        defer { isCurrent = false }
        return isCurrent
    }
}
