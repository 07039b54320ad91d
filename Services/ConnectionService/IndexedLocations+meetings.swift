import HTTPServer
import Models
import Persistence
import Presence
import Proximity

extension IndexedLocations: MeetingRepository {
    func meetings(
        of person: PersonID,
        _ question: MeetingQuestion,
        _ purpose: QuestionLanes.Purpose
    ) async throws -> FoundRows<MeetingRow>? {
        try await rows(of: person, question, purpose) { map, events, budget throws(SearchFailure) in
            try MeetingRow.all(
                of: person,
                in: map,
                events,
                question.rule,
                at: question.scope,
                as: question.view,
                budget: budget
            )
        }
    }

    func people(
        of person: PersonID,
        _ question: MeetingQuestion,
        _ order: PersonRow.Order
    ) async throws -> FoundRows<PersonRow>? {
        try await rows(of: person, question, .answer) { map, events, budget throws(SearchFailure) in
            try PersonRow.all(
                of: person,
                in: map,
                events,
                question.rule,
                order,
                at: question.scope,
                as: question.view,
                budget: budget
            )
        }
    }

    private func rows<Row: RankedRow>(
        of person: PersonID,
        _ question: MeetingQuestion,
        _ purpose: QuestionLanes.Purpose,
        _ find: @escaping @Sendable (PresenceMap, EventPresences, SearchBudget) throws(SearchFailure) -> [Row]
    ) async throws -> FoundRows<Row>? {
        guard try await hasPerson(person) else { return nil }
        // A stream is woken again by the next map.
        let (map, all) = try await presence(around: person, during: question.window, isLatest: purpose == .refresh)
        let events = all.limited(to: question.scope)
        let rows = try await metrics.measure(.meetings) {
            try await lanes.answer(expected: .zero, inOneStep: true, purpose, .ofMeetings) { computation in
                let budget = computation.budget
                return try await computation.step {
                    try budget.step { () throws(SearchFailure) in try find(map, events, budget) }
                }
            }
        }
        return FoundRows(rows: rows, names: EventNames(events))
    }

    func allMeetings(_ question: MeetingQuestion) async throws -> AllMeetings {
        let (map, events) = try await presence(during: question.window)
        return AllMeetings(map, events.limited(to: question.scope), question, compute, metrics)
    }

    /// The meetings of all persons, some persons at a time.
    struct AllMeetings: MeetingSequence {
        /// Persons per part.
        private static var personsAtOnce: Int { 8 }

        let names: EventNames
        private let map: PresenceMap
        private let events: [EventPresence]
        private let question: MeetingQuestion
        private let computation: QuestionLanes.Computation
        private let metrics: QueryMetrics
        private var position = 0

        fileprivate init(
            _ map: PresenceMap,
            _ events: EventPresences,
            _ question: MeetingQuestion,
            _ compute: ComputeThreads,
            _ metrics: QueryMetrics
        ) {
            self.map = map
            self.events = events.events
            names = EventNames(events)
            self.question = question
            self.metrics = metrics
            // The callers are few; see AnswersInProgress.
            computation = QuestionLanes.Computation(compute, SearchBudget(.ofAllPersons), isWide: true)
        }

        mutating func next() async throws -> [MeetingRow]? {
            guard position < map.personCount else { return nil }
            let part = position..<min(position + Self.personsAtOnce, map.personCount)
            position = part.upperBound
            let (map, events, question, budget) = (map, events, question, computation.budget)
            return try await metrics.measure(.allMeetings) {
                try await computation.step {
                    try budget.step { () throws(SearchFailure) in
                        let answers = try map.answers(
                            ofPersonsAt: part,
                            question.rule,
                            budget: budget,
                            where: question.scope.filter(in: map)
                        )
                        return MeetingRow.rows(of: answers.flatMap(\.meetings), at: events)
                    }
                }
            }
        }
    }

    func evidence(of person: PersonID, and other: PersonID, _ rule: MeetingRule) async throws -> MeetingEvidence {
        let window = rule.timeWindow
        let map = try await map(around: person, during: window).map
        let index = try current()
        let chunks = window.wholeChunks
        let older =
            if let before = index.absentPart(of: chunks) {
                try await past.trails(of: [person, other], in: before)
            } else {
                [Location]()
            }
        let settings = state.presence.settings
        return try await metrics.measure(.evidence) {
            try await lanes.answer(expected: .zero, inOneStep: true, .answer, .ofMeetings) { computation in
                let budget = computation.budget
                return try await computation.step {
                    try budget.step { () throws(SearchFailure) in
                        let index = index.extended(by: older)
                        var doubtful: [MeetingEvidence.Doubtful] = []
                        for person in [person, other] {
                            try budget.allow(trail: index.trailCount(of: person, in: chunks))
                            let trail = index.trail(of: person, in: chunks)
                            doubtful += MeetingEvidence.Doubtful.all(in: trail, window, settings)
                        }
                        let pair = try map.evidence(of: person.rawValue, and: other.rawValue, rule, budget: budget)
                        return MeetingEvidence(person: person, pair: pair, map: map, doubtful: doubtful)
                    }
                }
            }
        }
    }

    /// The meeting that a meeting is a part of.
    func wholeMeeting(_ part: PersonMeeting) async throws -> PersonMeeting? {
        let map = try await snapshot(isLatest: true).map
        return try await compute.run(on: .wide) {
            try map.evidence(of: part.first, and: part.second, MeetingRule()).meetings.last { $0.start <= part.end }
        }
    }

    var watchers: PersonWatchers { state.presence.watchers }

    func trailCount(of person: PersonID, in window: TimeWindow) throws -> Int {
        try current().trailCount(of: person, in: window)
    }

    func checkAvailability() async throws {
        _ = try current()
        // Meetings are shown with names, which only the database has.
        _ = try await locations.offsets()
    }

    /// The segments of a person and of all who came near, with the visits in them.
    func presence(
        around person: PersonID,
        during window: TimeWindow,
        isLatest: Bool = false
    ) async throws -> (map: PresenceMap, events: EventPresences) {
        try await withVisits(try await map(around: person, during: window, isLatest: isLatest))
    }

    /// The segments of all persons, with the visits in them.
    func presence(during window: TimeWindow) async throws -> (map: PresenceMap, events: EventPresences) {
        let snapshot = try await snapshot()
        guard let before = try await pastPart(of: window, snapshot.index) else {
            return try await withVisits((snapshot.map, isLive: true))
        }
        let map = try await metrics.measure(.past) {
            try await pastPresence.map(in: window, before: before, snapshot)
        }
        return try await withVisits((map, isLive: false))
    }

    private func withVisits(
        _ found: (map: PresenceMap, isLive: Bool)
    ) async throws -> (map: PresenceMap, events: EventPresences) {
        try await metrics.measure(.visits) {
            let events =
                found.isLive
                ? try await histories.presences(of: found.map) : try await histories.presences(ofPast: found.map)
            return (found.map, events)
        }
    }

    /// The segments of a person and of all who came near, and whether they are those of the index.
    private func map(
        around person: PersonID,
        during window: TimeWindow,
        isLatest: Bool = false
    ) async throws -> (map: PresenceMap, isLive: Bool) {
        let snapshot = try await snapshot(isLatest: isLatest)
        guard let before = try await pastPart(of: window, snapshot.index) else { return (snapshot.map, true) }
        let map = try await metrics.measure(.past) {
            try await pastPresence.map(around: person, in: window, before: before, snapshot)
        }
        return (map, false)
    }

    /// The part of a window, the adjacent chunks included, that only the database has; `nil` if it has nothing there.
    private func pastPart(of window: TimeWindow, _ index: GridIndex) async throws -> TimeWindow? {
        guard let before = index.absentPart(of: window.withAdjacentChunks),
            let earliest = try await locations.earliestTime(), earliest < before.end
        else { return nil }
        return TimeWindow(start: max(before.start, earliest), end: before.end)
    }

    /// The segments with every change that the index has, or the latest ones at once.
    private func snapshot(isLatest: Bool = false) async throws -> LivePresence.Snapshot {
        let presence = state.presence
        guard let snapshot = isLatest ? presence.latest : await presence.snapshot() else {
            throw Problem.indexIsLoading
        }
        return snapshot
    }
}

extension MeetingRule {
    /// The window of time; all of it if there is none.
    fileprivate var timeWindow: TimeWindow {
        let supported = Timestamp.supported.lowerBound.microseconds..<Timestamp.supported.upperBound.microseconds
        return TimeWindow(microseconds: window ?? supported)
    }
}
