import Concurrency
import LocationProtocol
import LocationQueue
import Models
import Observability
import Proximity
import Synchronization

/// Keeps the index as current as the queue: loads all stored locations, follows the queue from exactly there, and
/// reloads if it cannot continue.
///
/// The index has the same locations as the consumer stores: decodable ones of existing persons, each person, device,
/// time and place once. No failure ends the indexing; while the database is unavailable, the index stays as it is.
final class LocationIndexing<Archive: LocationArchive, Queue: FollowedQueue>: Sendable {
    /// The maximum number of pending locations of unknown persons.
    private static var maximumWithheld: Int { 100_000 }
    /// The maximum number of pending locations that one lookup settles.
    private static var settledAtOnce: Int { 10_000 }

    private struct State {
        var persons = KnownPersons()
        /// The next offset of each partition.
        var positions: [Int: Int64] = [:]
        /// The ends of the queue after the load.
        var goal: [Int: Int64] = [:]
        var withheld: [Location] = []
        var isLoaded = false
        var isCurrent = false
    }

    /// The index.
    let index: LiveIndex
    /// The stays and moves of the locations in the index.
    let presence: LivePresence

    private let archive: Archive
    private let queue: Queue
    private let compute: ComputeThreads
    private let settings: IndexSettings
    private let logger: Logger
    private let metrics: IndexMetrics
    private let pause: @Sendable (Duration) async throws -> Void
    private let state = Mutex(State())

    /// The index is empty.
    ///
    /// - Parameters:
    ///   - archive: the stored locations.
    ///   - queue: the queue to follow.
    ///   - settings: the bounds of the index.
    ///   - compute: the threads for building the index.
    ///   - logger: logs loads and retries.
    ///   - metrics: receives the `location_index_…` metrics.
    ///   - pause: waits before a retry.
    init(
        archive: Archive,
        queue: Queue,
        settings: IndexSettings,
        compute: ComputeThreads,
        logger: Logger,
        metrics: MetricsRegistry,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        let index = LiveIndex(maximumCount: settings.maximumCount, maximumMerge: settings.sortedAtOnce)
        self.index = index
        presence = LivePresence(index, settings.presence, compute)
        self.archive = archive
        self.queue = queue
        self.settings = settings
        self.compute = compute
        self.logger = logger
        self.metrics = IndexMetrics(metrics, index)
        self.pause = pause
    }

    /// Whether the index was loaded, even if it is outdated now.
    var isLoaded: Bool { state.withLock { $0.isLoaded } }

    /// Whether the index has all messages that the queue had at the load.
    var isCurrent: Bool { state.withLock { $0.isCurrent } }

    /// The time since the index had all messages of the queue, in seconds; 0 if it has.
    var secondsBehind: Double { metrics.secondsBehind }

    /// Whether a person existed at the last lookup, for when the database is unavailable.
    func knows(_ person: PersonID) -> Bool {
        state.withLock { $0.persons.contains(person) }
    }

    /// Loads and follows until the task is cancelled.
    func run() async throws {
        var backoff = Backoff()
        while true {
            do {
                try await follow(from: try await load())
            } catch let error where !(error is CancellationError) {
                let wasCurrent = state.withLock { state in
                    defer { state.isCurrent = false }
                    return state.isCurrent
                }
                if wasCurrent { backoff.reset() }
                let delay = backoff.next()
                logger.warning("Reloading the index", error: error, [.delay: .seconds(delay)])
                try await pause(delay)
            }
        }
    }

    /// Removes an erased person's locations.
    func erase(_ person: PersonID) {
        state.withLock { state in
            state.persons.remove(person)
            index.erase(person)
        }
        presence.noteErasure(of: person)
    }

    /// Removes the locations of all persons who no longer exist.
    func eraseTheGone() async throws {
        let present = state.withLock { state in
            state.persons.doubt()
            return index.current.persons().union(state.persons.persons)
        }
        let existing = try await archive.standing(of: Array(present)).existing
        for person in present.subtracting(existing) { erase(person) }
    }

    // MARK: Loading

    private func load() async throws -> [Int: Int64] {
        let began = ContinuousClock.now
        let firstDay = settings.firstDay(at: .now())
        let builder = GridIndexBuilder(
            from: firstDay,
            maximumCount: settings.maximumCount,
            segmentCount: settings.sortedAtOnce
        )
        let (offsets, persons) = try await archive.load(from: firstDay) { chunk in
            try await compute.run { builder.add(chunk) }
        }
        let loaded = try await compute.run { builder.finish() }
        let ends = try await queue.ends()
        let positions = try Self.positions(offsets, ends)
        state.withLock { state in
            state.persons.replace(with: persons)
            state.positions = positions
            state.goal = ends
            state.withheld = []
            index.replace(with: loaded)
            state.isLoaded = true
        }
        presence.noteReload()
        // Persons may have been erased since the snapshot, before the process listened.
        try await eraseTheGone()
        let duration = ContinuousClock.now - began
        metrics.loads.observe(duration)
        logger.info(
            "Loaded the index",
            [.count: .integer(loaded.count), .duration: .seconds(duration)]
        )
        if let first = loaded.firstDay, first != firstDay {
            logger.warning(
                "The index is full: older days are answered from the database",
                [.limit: .integer(settings.maximumCount)]
            )
        }
        return positions
    }

    /// The offsets at which to follow the partitions.
    private static func positions(_ offsets: [Int: Int64], _ ends: [Int: Int64]) throws -> [Int: Int64] {
        var positions = ends.mapValues { _ in 0 as Int64 }
        for (partition, offset) in offsets {
            // The database is ahead of the queue, so the queue was recreated: continuing would lose messages.
            guard offset <= ends[partition] ?? 0 else { throw LocationQueueError(.offsetOutOfRange) }
            if offset > 0 { positions[partition] = offset }
        }
        return positions
    }

    // MARK: Following

    private func follow(from positions: [Int: Int64]) async throws {
        let tail = queue.tail(from: positions)
        try await withThrowingTaskGroup { group in
            group.addTask {
                while true {
                    // Without notifications, messages are noticed a second later.
                    do { try await tail.run() } catch {
                        self.logger.warning("Could not listen to the queue", error: error)
                    }
                    try await self.pause(.seconds(1))
                }
            }
            defer { group.cancelAll() }
            try await takeEverything(from: tail)
        }
    }

    private func takeEverything(from tail: Queue.Tail) async throws {
        var backoff = Backoff()
        var batches: [QueueBatch] = []
        var nextLook = ContinuousClock.now
        reachGoal()
        while true {
            do {
                if batches.isEmpty { batches = try await tail.next() }
                try await take(batches)
                if batches.isEmpty { metrics.noteComplete() }
                batches = []
                if .now >= nextLook {
                    try await lookAround()
                    nextLook = .now + .seconds(1)
                }
                backoff.reset()
            } catch let error as LocationQueueError where error.code == .offsetOutOfRange {
                throw error
            } catch let error where !(error is CancellationError) {
                // The messages are kept and added later; none of them is in the index yet.
                let delay = backoff.next()
                logger.warning("Could not follow the queue", error: error, [.delay: .seconds(delay)])
                try await pause(delay)
            }
        }
    }

    /// Adds messages to the index: all of them or, if it throws, none.
    private func take(_ batches: [QueueBatch]) async throws {
        guard !batches.isEmpty else { return }
        let locations = Self.readable(batches)
        try await ask(for: locations)
        let (known, doubtful, unknown) = state.withLock { state in
            let verdicts = Dictionary(grouping: locations, by: state.persons.verdict(on:))
            return (verdicts[.known] ?? [], verdicts[.doubtful] ?? [], verdicts[.unknown] ?? [])
        }
        let stored = doubtful.isEmpty ? [] : try await archive.stored(of: doubtful)
        admit(known + doubtful.filter { stored.contains($0.id) })
        let dropped = state.withLock { state in
            for batch in batches { state.positions[batch.partition] = batch.end }
            state.withheld += unknown
            let excess = max(state.withheld.count - Self.maximumWithheld, 0)
            state.withheld.removeFirst(excess)
            return excess
        }
        if dropped > 0 {
            logger.warning(
                "Dropped locations of unknown persons: the waiting list is full",
                [.count: .integer(dropped)]
            )
        }
        reachGoal()
        metrics.noteDelay(since: batches.compactMap { $0.messages.first?.appendedAt }.min())
    }

    private static func readable(_ batches: [QueueBatch]) -> [Location] {
        var locations: [Location] = []
        locations.reserveCapacity(batches.reduce(0) { $0 + $1.messages.count })
        for batch in batches {
            for message in batch.messages {
                // The consumer writes malformed messages as dead letters.
                guard let (location, _) = try? batch.location(of: message) else { continue }
                locations.append(location)
            }
        }
        return locations
    }

    /// Looks up the unknown persons of some locations.
    private func ask(for locations: [Location]) async throws {
        while true {
            let (unknown, version) = state.withLock { state in
                var unknown: [PersonID: Int] = [:]
                for location in locations where !state.persons.contains(location.report.personID) {
                    unknown[location.report.personID] = location.id.place?.partition
                }
                return (unknown, state.persons.version)
            }
            guard !unknown.isEmpty else { return }
            let standing = try await archive.standing(of: Array(unknown.keys))
            let isSettled = state.withLock { state in
                // A person found by the lookup may have been erased since.
                guard state.persons.version == version else { return false }
                for person in standing.existing {
                    let partition = unknown[person] ?? 0
                    state.persons.insert(person, at: standing.offsets[partition] ?? 0)
                }
                return true
            }
            if isSettled { return }
        }
    }

    private func admit(_ locations: [Location]) {
        guard !locations.isEmpty else { return }
        let admitted = state.withLock { state in
            // The lock keeps the person from being erased in between.
            let admitted = locations.filter { state.persons.contains($0.report.personID) }
            index.append(admitted)
            return admitted
        }
        presence.note(admitted)
    }

    private func reachGoal() {
        let hasArrived = state.withLock { state in
            guard !state.isCurrent, state.goal.allSatisfy({ state.positions[$0.key] ?? 0 >= $0.value }) else {
                return false
            }
            state.isCurrent = true
            return true
        }
        if hasArrived { logger.info("The index is current") }
    }

    // MARK: Looking around, once a second

    private func lookAround() async throws {
        let ends = try await queue.ends()
        let positions = state.withLock { $0.positions }
        for (partition, position) in positions where position > ends[partition] ?? 0 {
            // The queue was recreated.
            throw LocationQueueError(.offsetOutOfRange)
        }
        metrics.note(lag: ends.reduce(0) { $0 + $1.value - (positions[$1.key] ?? 0) })
        try await settleWithheld()
    }

    /// Adds pending locations that the consumer has stored, and drops those that became dead letters.
    private func settleWithheld() async throws {
        let withheld = state.withLock { Array($0.withheld.prefix(Self.settledAtOnce)) }
        metrics.withheld.set(state.withLock { $0.withheld.count })
        guard !withheld.isEmpty else { return }
        let offsets = try await archive.standing(of: []).offsets
        let ripe = withheld.filter { location in
            location.id.place.map { $0.offset < offsets[$0.partition] ?? 0 } ?? true
        }
        guard !ripe.isEmpty else { return }
        let ids = try await archive.stored(of: ripe)
        let stored = ripe.filter { ids.contains($0.id) }
        try await ask(for: stored)
        admit(stored)
        let settled = Set(ripe.map(\.id))
        state.withLock { $0.withheld.removeAll { settled.contains($0.id) } }
    }
}
