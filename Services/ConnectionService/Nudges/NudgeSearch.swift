import Credentials
import Models
import Observability
import Persistence
import Postgres
import Proximity

/// Creates nudges for persons who met earlier and are near each other now, by one of all processes.
///
/// Each pass looks at the persons with new locations. It uses at most a fifth of a processor. The statement that stores a nudge
/// decides, so that neither a killed process nor two at a time create one twice.
struct NudgeSearch: Sendable {
    private let store: NudgeStore
    private let index: IndexState
    private let directory: EventDirectory
    private let views: LimitedViews
    private let settings: NudgeSettings
    private let compute: ComputeThreads
    private let logger: Logger
    private let created: Counter
    private let passes: Histogram

    /// How many persons are looked at in one step.
    private static let personsAtOnce = 16
    /// The shortest pause between two passes.
    private static let leastPause = Duration.seconds(1)

    init(
        _ store: NudgeStore,
        _ index: IndexState,
        at directory: EventDirectory,
        _ views: LimitedViews,
        _ settings: NudgeSettings,
        _ compute: ComputeThreads,
        logger: Logger,
        metrics: MetricsRegistry
    ) {
        self.store = store
        self.index = index
        self.directory = directory
        self.views = views
        self.settings = settings
        self.compute = compute
        self.logger = logger
        created = metrics.counter("nudges_created_total", "Nudges that this process has created, each for two persons.")
        passes = metrics.histogram("nudge_pass_seconds", "Time of a pass of the search for nudges.")
    }

    /// Searches while this process is elected, until the task is cancelled.
    func run() async throws {
        try await ElectedWork.run(if: index.hasAllLocations, logger, "Could not create nudges") {
            try await store.whileElected(search)
        }
    }

    /// Searches until the index falls behind; then another process may be better.
    private func search(_ writer: NudgeStore.Writer) async throws {
        index.presence.moved.noteAll()
        var memory = NudgeMemory(dailyLimit: settings.dailyLimit)
        while index.hasAllLocations {
            let began = ContinuousClock.now
            try await pass(writer, &memory)
            passes.observe(ContinuousClock.now - began)
            try await ElectedWork.rest(since: began, atLeast: Self.leastPause)
        }
    }

    /// Creates the nudges of now; what does not fit into half the freshness is left to the next pass, because places become old.
    func pass(_ writer: NudgeStore.Writer, _ memory: inout NudgeMemory, now: Timestamp = .now()) async throws {
        let deadline = ContinuousClock.now + settings.freshness / 2
        // The map that is read afterwards has these changes.
        let changes = index.presence.moved.take()
        guard let snapshot = index.presence.latest, let consents = try? views.consents() else {
            return index.presence.moved.noteAll()
        }
        let search = NudgeFinder(
            snapshot,
            at: directory.current.events,
            consents,
            pseudonyms: views.pseudonyms,
            settings,
            index.presence.settings,
            now: now
        )
        let moved = changes.isAll ? Array(consents.keys) : changes.persons.map { PersonID(stored: $0) }
        // In any order, so that the same persons are not left over each time.
        let persons = moved.filter(search.takesPart).shuffled()
        guard !persons.isEmpty else { return }
        let since = Timestamp(microseconds: now.microseconds - Int64(settings.freshness / .microseconds(1)))
        if memory.advance(to: now) {
            for event in search.openEvents {
                memory.replace(try await pairsOfToday(at: event, writer), at: event, now: now)
            }
        }
        for start in stride(from: 0, to: persons.count, by: Self.personsAtOnce) {
            guard ContinuousClock.now < deadline else {
                return index.presence.moved.note(Set(persons[start...].map(\.rawValue)))
            }
            let part = Array(persons[start..<min(start + Self.personsAtOnce, persons.count)])
            let known = memory
            for near in try await compute.run(on: .wide, { search.pairs(of: part, known) }) {
                let pair = NudgeFinder.Pair(near.first, near.second)
                guard memory.mayGetOne(pair.first, at: near.event), memory.mayGetOne(pair.second, at: near.event) else {
                    continue
                }
                let isStored = try await create(near, since, writer)
                if isStored { created.increment() }
                memory.note(pair, at: near.event, isStored: isStored, now: now)
            }
        }
    }

    private func pairsOfToday(at event: EventID, _ writer: NudgeStore.Writer) async throws -> [NudgeFinder.Pair] {
        try await unlessZoneIsUnknown {
            try await writer.pairsOfToday(at: event).map { NudgeFinder.Pair($0.first, $0.second) }
        } ?? []
    }

    private func create(
        _ pair: NudgeStore.NearPair,
        _ since: Timestamp,
        _ writer: NudgeStore.Writer
    ) async throws -> Bool {
        try await unlessZoneIsUnknown {
            try await writer.create(pair, seenSince: since, dailyLimit: settings.dailyLimit)
        } ?? false
    }

    /// The result of `body`; `nil` if the database does not know the time zone of an event: others have theirs.
    private func unlessZoneIsUnknown<Value>(_ body: () async throws -> Value) async throws -> Value? {
        do {
            return try await body()
        } catch let error as PostgresError where error.sqlState == .invalidParameterValue {
            logger.warning("Could not create a nudge", error: error)
            return nil
        }
    }
}
