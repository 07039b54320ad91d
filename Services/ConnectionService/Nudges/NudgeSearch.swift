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

    /// When a pair may be stored again, in microseconds since 1970: the statement decides, but not in each pass.
    typealias AskedPairs = [NudgeFinder.Pair: Int64]

    /// How many persons are looked at in one step.
    private static let personsAtOnce = 16
    /// How long a pair is not asked again, in microseconds.
    private static let askedTime: Int64 = 600_000_000
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
        var asked: AskedPairs = [:]
        while index.hasAllLocations {
            let began = ContinuousClock.now
            try await pass(writer, &asked)
            try await ElectedWork.rest(since: began, atLeast: Self.leastPause)
        }
    }

    /// Creates the nudges of now.
    func pass(_ writer: NudgeStore.Writer, _ asked: inout AskedPairs, now: Timestamp = .now()) async throws {
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
        let persons = moved.filter(search.takesPart).sorted()
        let since = Timestamp(microseconds: now.microseconds - Int64(settings.freshness / .microseconds(1)))
        asked = asked.filter { $0.value > now.microseconds }
        for start in stride(from: 0, to: persons.count, by: Self.personsAtOnce) {
            let part = Array(persons[start..<min(start + Self.personsAtOnce, persons.count)])
            let known = Set(asked.keys)
            for pair in try await compute.run(on: .wide, { search.pairs(of: part, without: known) }) {
                asked[NudgeFinder.Pair(pair.first, pair.second)] = now.microseconds + Self.askedTime
                if try await create(pair, since, writer) { created.increment() }
            }
        }
    }
    private func create(
        _ pair: NudgeStore.NearPair,
        _ since: Timestamp,
        _ writer: NudgeStore.Writer
    ) async throws -> Bool {
        do {
            return try await writer.create(pair, seenSince: since, dailyLimit: settings.dailyLimit)
        } catch let error as PostgresError where error.sqlState == .invalidParameterValue {
            // The database does not know the time zone of one event; others have theirs.
            logger.warning("Could not create a nudge", error: error)
            return false
        }
    }
}
