import Models
import Observability
import Persistence
import Presence
import Proximity

/// Publishes domain events about meetings, visits and sessions, by one of all processes.
///
/// It compares what the index shows with what was published, and writes the difference with the new state in one
/// transaction. So a process that is killed, or a publisher that is replaced, neither loses an event nor changes an id. It uses
/// at most a fifth of a processor.
struct Publication: Sendable {
    private let store: PublicationStore
    private let index: IndexState
    private let histories: EventHistories
    private let compute: ComputeThreads
    private let logger: Logger
    private let published: Counter

    /// Facts that started earlier before the last location, or before now, are final.
    private static let revisableTime: Int64 = 2 * CalendarDate.microsecondsPerDay
    /// How many persons are compared in one transaction.
    private static let personsAtOnce = 16
    /// How many facts are reviewed in a pass because their end may be over.
    private static let reviewsAtOnce = 1_000
    /// The shortest pause between two passes.
    private static let leastPause = Duration.seconds(1)

    init(
        _ store: PublicationStore,
        _ index: IndexState,
        _ histories: EventHistories,
        _ compute: ComputeThreads,
        logger: Logger,
        metrics: MetricsRegistry
    ) {
        self.store = store
        self.index = index
        self.histories = histories
        self.compute = compute
        self.logger = logger
        published = metrics.counter("domain_events_published_total", "Domain events that this process has published.")
    }

    /// Publishes while this process is elected, until the task is cancelled.
    func run() async throws {
        try await ElectedWork.run(if: index.hasAllLocations, logger, "Could not publish events") {
            try await store.whileElected(publish)
        }
    }

    /// Publishes until the index falls behind; then another process may be better.
    private func publish(_ publisher: PublicationStore.Publisher) async throws {
        index.presence.changed.noteAll()
        while index.hasAllLocations {
            let began = ContinuousClock.now
            try await pass(publisher)
            try await ElectedWork.rest(since: began, atLeast: Self.leastPause)
        }
    }

    /// Publishes all changes of now.
    func pass(_ publisher: PublicationStore.Publisher, now: Timestamp = .now()) async throws {
        // The map that is read afterwards has these changes.
        let changes = index.presence.changed.take()
        guard let snapshot = index.presence.latest else { return index.presence.changed.noteAll() }
        let latest = try await compute.run { snapshot.index.latestTime } ?? now
        var horizon = Timestamp(microseconds: min(now, latest).microseconds - Self.revisableTime)
        if let first = snapshot.index.firstDay { horizon = max(horizon, Timestamp(microseconds: first.microseconds)) }
        let finder = FactFinder(
            map: snapshot.map,
            presences: try await histories.presences(of: snapshot.map),
            events: histories.events.events.sorted { ($0.venue != nil ? 0 : 1) < ($1.venue != nil ? 0 : 1) },
            horizon: horizon,
            now: now
        )
        var persons = Set((changes.isAll ? Set(snapshot.map.persons) : changes.persons).map { PersonID(stored: $0) })
        persons.formUnion(try await reviewed(publisher, all: changes.isAll, horizon, now))
        let sorted = persons.sorted()
        for start in stride(from: 0, to: sorted.count, by: Self.personsAtOnce) {
            let part = Array(sorted[start..<min(start + Self.personsAtOnce, sorted.count)])
            try await publish(part, finder, publisher)
        }
        try await publisher.forget(endedBefore: Timestamp(microseconds: horizon.microseconds - Self.revisableTime))
    }

    /// The persons to compare although their locations have not changed: time has passed, or their locations are gone.
    private func reviewed(
        _ publisher: PublicationStore.Publisher,
        all: Bool,
        _ horizon: Timestamp,
        _ now: Timestamp
    ) async throws -> [PersonID] {
        if all { return try await publisher.persons(ofFactsEndingAfter: horizon) }
        let gap = Fact.Subject.longestGap + FactComparison.tolerance
        return try await publisher.personsToReview(
            endedBefore: Timestamp(microseconds: now.microseconds - gap),
            limit: Self.reviewsAtOnce
        )
    }

    private func publish(
        _ persons: [PersonID],
        _ finder: FactFinder,
        _ publisher: PublicationStore.Publisher
    ) async throws {
        let facts = try await compute.run(on: .wide) { try finder.facts(of: persons) }
        let comparison = FactComparison(horizon: finder.horizon)
        let count = try await publisher.publish(
            persons,
            and: Set(facts.flatMap(\.persons)),
            endingAfter: finder.horizon
        ) { existing, published in
            comparison.changes(from: published, to: facts.filter { existing.isSuperset(of: $0.persons) })
        }
        published.increment(by: count)
    }
}

extension Fact.Subject {
    /// The longest of all ``gap``s, in microseconds.
    fileprivate static var longestGap: Int64 {
        let person = PersonID(stored: 1)
        return max(Fact.Subject.meeting(person, person).gap, Fact.Subject.visit(person, ZoneID(stored: 1)).gap)
    }
}
