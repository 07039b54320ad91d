import HTTPServer
import Models
import Persistence
import Postgres
import Proximity

/// Answers from the index in memory, and from the database for days that the index does not have.
///
/// Names are always read from the database, so that no answer contains an erased person.
struct IndexedLocations: LocationRepository {
    let state: IndexState
    let past: PastLocations
    let pastPresence: PastPresence
    let locations: LocationStore
    let persons: PersonStore
    let histories: EventHistories
    let compute: ComputeThreads
    let lanes: QuestionLanes
    let metrics: QueryMetrics

    /// Creates the repository.
    ///
    /// - Parameters:
    ///   - state: the index.
    ///   - locations: the locations in the database.
    ///   - persons: the persons in the database.
    ///   - kept: returns the locations that belong to the index's events.
    ///   - histories: the visits at events.
    ///   - compute: the threads for searches.
    ///   - shares: the memory budget of searches.
    ///   - metrics: receives the durations of searches.
    init(
        _ state: IndexState,
        locations: LocationStore,
        persons: PersonStore,
        kept: @escaping @Sendable ([Location]) -> [Location] = { $0 },
        histories: EventHistories,
        compute: ComputeThreads,
        shares: MemoryShares,
        metrics: QueryMetrics
    ) {
        self.state = state
        self.locations = locations
        self.persons = persons
        self.histories = histories
        self.compute = compute
        self.metrics = metrics
        lanes = QuestionLanes(compute, quick: shares.quickQuestions)
        past = PastLocations(store: locations, kept: kept, maximumCount: shares.pastLocations)
        pastPresence = PastPresence(past, state.presence.settings, compute)
    }

    func location(_ id: LocationID) async throws -> Location? {
        try await locations.location(id)
    }

    func hasPerson(_ id: PersonID) async throws -> Bool {
        do {
            return try await locations.hasPerson(id)
        } catch let error as PostgresError where error.isUnavailability && state.knows(id) {
            // An unavailable database erases no persons.
            return true
        }
    }

    func trail(
        of person: PersonID,
        in window: TimeWindow,
        after last: Location?,
        limit: Int
    ) async throws -> [Location] {
        let index = try current()
        var page: [Location] = []
        if let before = index.absentPart(of: window), last.map({ $0.report.creationTime < before.end }) ?? true {
            page = try await locations.trail(of: person, in: before, after: last, limit: limit)
        }
        return page + index.trail(of: person, in: window, after: last, limit: limit - page.count)
    }

    func nextContacts(of search: inout ContactSearch, limit: Int) async throws -> [Contact] {
        let index = try await index(round: search.person, in: search.window, radius: search.radius.metres)
        let expected = index.expectedTime(
            forContactsOf: search.person,
            in: search.window,
            radius: search.radius,
            within: search.within
        )
        let (contacts, rest) = try await metrics.measure(.contacts) {
            try await lanes.answer(expected: expected, inOneStep: true, .answer, .ofContacts) { [search] computation in
                try await computation.step {
                    var search = search
                    let contacts = try search.next(in: index, limit: limit, budget: computation.budget)
                    return (contacts, search)
                }
            }
        }
        search = rest
        return contacts
    }

    func persons(
        _ ids: [PersonID],
        namedTo viewer: PersonID,
        newInADay limit: Int
    ) async throws -> [PersonID: Person?] {
        try await persons.persons(ids, namedTo: viewer, newInADay: limit)
    }

    func persons(_ ids: [PersonID]) async throws -> [PersonID: Person] {
        try await persons.persons(ids)
    }

    /// The index; throws a problem before the first load.
    func current() throws(Problem) -> GridIndex {
        guard state.isLoaded else { throw .indexIsLoading }
        return state.index.current
    }

    /// The index, extended by older locations that may be within a radius of the person's trail.
    func index(round person: PersonID, in window: TimeWindow, radius: Double) async throws -> GridIndex {
        let index = try current()
        guard let before = index.absentPart(of: window) else { return index }
        return try await metrics.measure(.past) {
            let recent = index.trail(of: person, in: window)
            let older = try await past.surroundings(of: person, in: before, recent: recent, radius: radius)
            return try await compute.run { index.extended(by: older) }
        }
    }
}

extension GridIndex {
    /// The part of a time range before the first day of the index.
    func absentPart(of window: TimeWindow) -> TimeWindow? {
        guard let first = firstDay.map({ Timestamp(microseconds: $0.microseconds) }), window.start < first else {
            return nil
        }
        return TimeWindow(start: window.start, end: min(first, window.end))
    }

    /// A page of a trail, read day by day, so that its cost does not depend on the whole trail.
    func trail(of person: PersonID, in window: TimeWindow, after last: Location?, limit: Int) -> [Location] {
        guard let days else { return [] }
        let start = max(window.start, last?.report.creationTime ?? window.start)
        var page: [Location] = []
        var day = max(start.day, days.lowerBound)
        while page.count < limit, day <= min(window.end.day, days.upperBound) {
            let next = CalendarDate(daysSince1970: day.daysSince1970 + 1)
            let begin = max(start, Timestamp(microseconds: day.microseconds))
            let end = min(window.end, Timestamp(microseconds: next.microseconds))
            if let part = TimeWindow(start: begin, end: max(begin, end)) {
                page += trail(of: person, during: part, after: last, limit: limit - page.count)
            }
            day = next
        }
        return page
    }

    private func trail(of person: PersonID, during part: TimeWindow, after last: Location?, limit: Int) -> [Location] {
        // Legacy rows may have the same time as the last one.
        var count = limit
        while true {
            let read = trail(of: person, in: part, limit: count)
            let behind = read.filter { location in
                guard let last else { return true }
                return (location.report.creationTime, location.id) > (last.report.creationTime, last.id)
            }
            if behind.count >= limit || read.count < count { return Array(behind.prefix(limit)) }
            count *= 2
        }
    }
}

extension Problem {
    static var indexIsLoading: Problem {
        .unavailable("The index is being loaded: try again shortly.")
    }
}
