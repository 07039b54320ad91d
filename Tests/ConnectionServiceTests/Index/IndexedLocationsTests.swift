import Geospatial
import HTTPServer
import LocationQueue
import Models
import Observability
import Persistence
import Postgres
import Presence
import Proximity
import RESTTestSupport
import ServiceRuntime
import Simulation
import TestSupport
import Testing
import Venue

@testable import ConnectionService

/// Answers with a real database.
@Suite(.timeLimit(.minutes(5))) struct IndexedLocationsTests {
    /// The days of the scene; the bounded index has some of the last ones.
    private static let days = 0..<6 as Range<Int64>

    @Test func trailsAndContactsAcrossTheFirstDayAreSeamless() async throws {
        try await withScene { client, rows in
            var settings = IndexSettings()
            settings.maximumCount = rows.count / 2
            try await withAnswers(client) { whole, all in
                try await withAnswers(client, settings) { bounded, part in
                    let first = try #require(part.index.current.firstDay)
                    #expect(all.index.current.count == rows.count)
                    #expect(part.index.current.count < rows.count * 6 / 10)
                    #expect(Self.days.contains(first.daysSince1970 - june.day.daysSince1970))
                    var found = 0
                    for person in try (1...4).map({ try ConnectionServiceTests.person($0) }) {
                        for window in Self.windows(round: first) {
                            for metres in [0, 4, 60, 10_000.0] {
                                let radius = try #require(Radius(metres: metres))
                                let expected = try #require(
                                    try await whole.connections(of: person, in: window, within: radius)
                                )
                                let answer = try await bounded.connections(of: person, in: window, within: radius)
                                #expect(answer == expected, "\(window), \(radius)")
                                found += expected.count
                            }
                            let trail = try await Self.trail(of: person, in: window, bounded, limit: 7)
                            #expect(trail == rows.trail(of: person, in: window))
                        }
                    }
                    #expect(found > 1_000)
                }
            }
        }
    }

    @Test func meetingsAcrossTheFirstDayAreSeamless() async throws {
        try await withScene(try Self.meetingRows()) { client, rows in
            var settings = IndexSettings()
            settings.maximumCount = rows.count / 2
            try await withAnswers(client) { whole, _ in
                try await withAnswers(client, settings) { bounded, part in
                    let first = try #require(part.index.current.firstDay)
                    var found = 0
                    for window in Self.windows(round: first) {
                        var rule = MeetingRule()
                        rule.window = window.microseconds
                        let expected = try await whole.all(rule)
                        #expect(try await bounded.all(rule) == expected, "\(window)")
                        for person in try (1...4).map({ try ConnectionServiceTests.person($0) }) {
                            let own = expected.filter { [$0.first, $0.second].contains(person.rawValue) }
                            for answers in [whole, bounded] {
                                let meetings = try await answers.meetings(
                                    of: person,
                                    MeetingQuestion(window, rule),
                                    .answer
                                )?.rows
                                #expect(meetings?.map { Seen($0.meeting) } == own, "\(window)")
                            }
                        }
                        let (one, other) = (try person(1), try person(2))
                        let (ofWhole, ofBounded) = (
                            try await whole.evidence(of: one, and: other, rule),
                            try await bounded.evidence(of: one, and: other, rule)
                        )
                        #expect(ofWhole.pair.meetings.map(Seen.init) == ofBounded.pair.meetings.map(Seen.init))
                        #expect(ofWhole.doubtful.map(\.fix) == ofBounded.doubtful.map(\.fix))
                        found += expected.count
                    }
                    #expect(found > 20)
                    #expect(try await whole.meetings(of: try person(99), MeetingQuestion(always), .answer) == nil)
                }
            }
        }
    }

    @Test func agreesWithTheDatabase() async throws {
        try await withScene { client, rows in
            var settings = IndexSettings()
            settings.maximumCount = rows.count / 2
            try await withAnswers(client, settings) { answers, _ in
                for number in 1...4 as ClosedRange<Int32> {
                    let person = try person(number)
                    let radius = try #require(Radius(metres: 25))
                    let expected = try await client.query(
                        """
                        SELECT DISTINCT other.id FROM location own, location other
                        WHERE own.person_id = \(person) AND other.person_id <> \(person)
                            AND ST_DWithin(own.coordinate::geography, other.coordinate::geography, \(radius.metres))
                        """
                    ).column(LocationID.self)
                    let found = try #require(try await answers.connections(of: person, in: always, within: radius))
                    #expect(found.map(\.location.id).sorted() == expected.sorted())
                    #expect(!found.isEmpty)
                }
                let unknown = try person(99)
                #expect(try await answers.connections(of: unknown, in: always, within: .standard) == nil)
                #expect(try await !answers.hasPerson(unknown))
            }
        }
    }

    @Test func erasedPersonsVanishAtOnce() async throws {
        try await withScene { client, rows in
            let persons = PersonStore(client: client)
            try await withAnswers(client) { answers, indexing in
                let watch = ErasureWatch(
                    index: indexing,
                    archive: LocationStore(client: client),
                    persons: persons,
                    logger: .silent
                )
                try await withThrowingTaskGroup { group in
                    group.addTask { try await watch.run() }
                    defer { group.cancelAll() }
                    let (first, second) = (try person(1), try person(2))
                    let far = try #require(Radius(metres: 10_000))
                    func others() async throws -> Set<Int32> {
                        let found = try await answers.connections(of: first, in: always, within: far) ?? []
                        return Set(found.map(\.person.id.rawValue))
                    }
                    #expect(try await others() == [2, 3, 4])
                    #expect(try await persons.erase(second))
                    #expect(try await others() == [3, 4])
                    try await eventually("the index has heard of it") {
                        indexing.index.current.trail(of: second, in: always).isEmpty
                    }
                    #expect(try await answers.connections(of: second, in: always, within: far) == nil)
                    // Missed notifications, because the listening connection is cut again and again.
                    try await client.query(
                        """
                        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                        WHERE query LIKE 'LISTEN%person_erased%' AND datname = current_database()
                        """
                    )
                    #expect(try await persons.erase(try person(3)))
                    try await eventually("the index has compared") {
                        try !indexing.index.current.persons().contains(person(3))
                    }
                    #expect(try await others() == [4])
                }
            }
        }
    }

    @Test func forgottenTimesVanishAtOnce() async throws {
        try await withScene { client, rows in
            try await withAnswers(client) { _, indexing in
                let pauses = PauseStore(client: client)
                let watch = ForgettingWatch(index: indexing, pauses: pauses, logger: .silent)
                let (first, second) = (try person(1), try person(2))
                func times(of person: PersonID) -> [Timestamp] {
                    indexing.index.current.trail(of: person, in: always).map(\.report.creationTime)
                }
                let (before, others) = (times(of: first), times(of: second))
                let last = try #require(before.last)
                #expect(!others.isEmpty)
                let loaded = indexing.index.current
                indexing.forget(ForgottenTime(person: first, since: last), at: .now())
                #expect(times(of: first) == before.filter { $0 < last })
                #expect(times(of: second) == others)
                // A load that has read the database before does not bring it back.
                let persons = indexing.withMembership { Array($0.persons.persons) }
                indexing.replace(with: loaded, persons: persons, positions: [:], goal: [:])
                #expect(times(of: first) == before.filter { $0 < last })
                // What the queue still has of this time is left out.
                let late = try #require(rows.last { $0.report.personID == first && $0.report.creationTime == last })
                indexing.add([late])
                #expect(times(of: first) == before.filter { $0 < last })
                try await withThrowingTaskGroup { group in
                    group.addTask { try await watch.run() }
                    defer { group.cancelAll() }
                    // The first notification may come before the watch listens.
                    try await eventually("the index has heard of it") {
                        try await client.query(
                            "SELECT pg_notify('locations_forgotten', \("\(second.rawValue):0"))::text"
                        )
                        return times(of: second).isEmpty
                    }
                }
            }
        }
    }

    @Test func fastClocksDoNotMoveTheOverview() async throws {
        try await withScene { client, rows in
            try await withAnswers(client) { answers, indexing in
                let last = try #require(rows.map(\.report.creationTime).max())
                let consents = ConsentDirectory(ConsentStore(client: client), logger: .silent)
                func overview() async throws -> JSONValue {
                    let event = EventOverview(answers, consents, now: { last })
                    return try JSONValue(try await event.json(showsAll: true))
                }
                let before = try await overview()
                #expect(before["time"]?.string == last.description)
                let ahead = Timestamp(microseconds: last.microseconds + 290_000_000)
                let place = try #require(rows.first).report.coordinate
                let early = LocationReport(personID: try person(1), coordinate: place, creationTime: ahead)
                indexing.add([Location(id: try #require(LocationID(rawValue: 1 << 40)), report: early)])
                let after = try await overview()
                #expect(after["time"]?.string == last.description)
                #expect(after["persons_seen"]?.number == before["persons_seen"]?.number)
            }
        }
    }

    @Test func answersUnavailableWhileLoading() async throws {
        let archive = ScriptedArchive(ScriptedArchive.Content())
        archive.change { content in
            content.failures = Array(repeating: PostgresError(.connectionFailed, "Away."), count: 1_000_000)
        }
        try await TestDatabase.withClient { client in
            try await withIndexing(archive, ScriptedQueue()) { indexing, _ in
                let answers = IndexedLocations(indexing, client)
                var search = ContactSearch(of: try person(1), in: always, radius: .standard)
                await #expect(throws: Problem.self) { try await answers.nextContacts(of: &search, limit: 1) }
            }
        }
    }

    /// Windows of time that end, begin and lie on both sides of a day.
    private static func windows(round day: CalendarDate) -> [TimeWindow] {
        let start = Timestamp(microseconds: day.microseconds)
        func hours(_ count: Int64) -> Timestamp {
            Timestamp(microseconds: start.microseconds + count * 3_600_000_000)
        }
        return [
            always, TimeWindow(hours(-24), start), TimeWindow(start, hours(24)), TimeWindow(hours(-30), hours(11)),
            TimeWindow(hours(-50), hours(-20)), TimeWindow(hours(5), hours(40)), TimeWindow(start, start),
            // Years 207, 1 to 1970 and 9999, in which no location can be.
            TimeWindow(microseconds: -55_600_000_000_000_000..<(-55_600_000_000_000_000)),
            TimeWindow(microseconds: -62_135_596_800_000_000..<0),
            TimeWindow(microseconds: 253_402_300_799_999_998..<253_402_300_799_999_999),
        ]
    }

    /// A trail read page by page.
    private static func trail<Answers: LocationRepository>(
        of person: PersonID,
        in window: TimeWindow,
        _ answers: Answers,
        limit: Int
    ) async throws -> [Location] {
        var trail: [Location] = []
        while true {
            let page = try await answers.trail(of: person, in: window, after: trail.last, limit: limit)
            trail += page
            guard page.count == limit else { return trail }
        }
    }

    /// Four persons who walk for some days.
    private static func walkingRows() throws -> [Location] {
        var generator = Xoshiro256(seed: 1_200)
        return try (0..<1_200 as Range<Int64>).map { index in
            let day = index * Int64(days.count) / 1_200
            let coordinate = try Coordinate(
                latitude: DegreesE7(rawValue: 480_000_000 + .random(in: -20_000...20_000, using: &generator)),
                longitude: DegreesE7(rawValue: 20_000_000 + .random(in: -20_000...20_000, using: &generator))
            )
            // No two have the same time; consecutive ones often lie on both sides of midnight.
            let time =
                june.microseconds + day * 86_400_000_000 + (index % 200) * 430_000_000
                + .random(in: 0..<9, using: &generator)
            let report = LocationReport(
                personID: try person(Int32(index % 4 + 1)),
                coordinate: coordinate,
                creationTime: Timestamp(microseconds: time)
            )
            return Location(id: try id(index), report: report)
        }
    }

    /// Four persons who stand at one of three places for fifty minutes, four times a day, once across midnight.
    private static func meetingRows() throws -> [Location] {
        var generator = Xoshiro256(seed: 50)
        var rows: [Location] = []
        for day in days {
            for (number, minute) in [360, 700, 900, 1_415].enumerated() {
                for person in 1...4 as ClosedRange<Int32> {
                    let place = (Int64(number) * 2 + day + Int64(person) * (day % 2 + 1)) % 3
                    for step in 0..<50 as Range<Int64> {
                        let seconds = day * 86_400 + Int64(minute) * 60 + step * 60 + Int64(person) * 7
                        let coordinate = try Coordinate(
                            latitude: DegreesE7(
                                rawValue: 480_000_000 + Int32(place) * 1_500
                                    + .random(in: -100...100, using: &generator)
                            ),
                            longitude: DegreesE7(rawValue: 20_000_000 + .random(in: -100...100, using: &generator))
                        )
                        let report = LocationReport(
                            personID: try ConnectionServiceTests.person(person),
                            coordinate: coordinate,
                            creationTime: Timestamp(microseconds: june.microseconds + seconds * 1_000_000),
                            accuracy: Accuracy(metres: 4)
                        )
                        rows.append(Location(id: try id(Int64(rows.count)), report: report))
                    }
                }
            }
        }
        return rows
    }

    /// A database with the locations of four persons, some of them in the numbering of the legacy system.
    private func withScene(
        _ queued: [Location]? = nil,
        _ body: (PostgresClient, [Location]) async throws -> Void
    ) async throws {
        try await TestDatabase.withClient(.tables) { client in
            let persons = PersonStore(client: client)
            for index in 1...4 {
                _ = try await persons.create(
                    PersonDetails(firstName: "F\(index)", lastName: "L", companyName: "C")
                )
            }
            var rows = try queued ?? Self.walkingRows()
            let count = Int64(rows.count)
            var generator = Xoshiro256(seed: 262)
            let sink = LocationSink(client: client)
            _ = try await sink.offsets(of: [0])
            let messages = rows.shuffled(using: &generator).map { location in
                ReceivedMessage(
                    .location(location),
                    partition: 0,
                    offset: location.id.place?.offset ?? 0,
                    appendedAt: june,
                    storage: [],
                    range: 0..<0
                )
            }
            _ = try await sink.store(
                messages,
                advancing: [OffsetAdvance(partition: 0, expected: 0, next: count)]
            )
            // The legacy system had repeated rows.
            for number in 1...24 as ClosedRange<Int64> {
                let report = rows[Int(number / 2 * 90)].report
                let (time, place) = (report.creationTime, report.coordinate)
                try await client.execute(
                    """
                    INSERT INTO location (id, person_id, creation_time, coordinate, cell)
                    VALUES (
                        \(number), \(report.personID), \(PostgresTimestamp(microsecondsSince1970: time.microseconds)),
                        ST_SetSRID(ST_Point(\(place.longitude.degrees), \(place.latitude.degrees)), 4326),
                        \(GridCell(place).rawValue)
                    )
                    """
                )
                rows.append(Location(id: try #require(LocationID(rawValue: number)), report: report))
            }
            // The log has the same number of messages; otherwise the database would be ahead.
            try await client.execute("UPDATE location_log_partition SET next_offset = \(count) WHERE partition = 0")
            try await body(client, rows)
        }
    }

    /// Runs an indexing of a database until it is current.
    private func withAnswers(
        _ client: PostgresClient,
        _ settings: IndexSettings = IndexSettings(),
        _ body: (IndexedLocations, IndexState) async throws -> Void
    ) async throws {
        try await withIndexing(LocationStore(client: client), PostgresLog(client: client), settings) { indexing, _ in
            try await eventually("it is current") { indexing.isCurrent && indexing.presence.isLoaded }
            try await body(IndexedLocations(indexing, client), indexing)
        }
    }
}

extension IndexedLocations {
    fileprivate init(_ state: IndexState, _ client: PostgresClient) {
        let compute = ComputeThreads()
        self.init(
            state,
            locations: LocationStore(client: client),
            persons: PersonStore(client: client),
            histories: EventHistories(EventDirectory(NoEvents(), logger: .silent), NoEvents(), compute),
            compute: compute,
            shares: MemoryShares(MemoryBound(bytes: 512 << 20)),
            metrics: QueryMetrics(MetricsRegistry())
        )
    }
}

extension IndexedLocations {
    /// All connections of a person, a few at a time; `nil` if the person does not exist.
    fileprivate func connections(
        of person: PersonID,
        in window: TimeWindow,
        within radius: Radius
    ) async throws -> [Connection]? {
        guard try await hasPerson(person) else { return nil }
        var search = ContactSearch(of: person, in: window, radius: radius)
        var found: [Connection] = []
        while !search.isOver {
            let page = try await nextContacts(of: &search, limit: 2_000)
            let persons = try await persons(page.map(\.location.report.personID))
            found += page.compactMap { contact in
                persons[contact.location.report.personID].map { Connection(location: contact.location, person: $0) }
            }
        }
        return found
    }

    /// The meetings of all persons, in the order of the persons.
    fileprivate func all(_ rule: MeetingRule) async throws -> [Seen] {
        let window = TimeWindow(microseconds: try #require(rule.window))
        var sequence = try await allMeetings(MeetingQuestion(window, rule))
        var found: [Seen] = []
        while let next = try await sequence.next() { found += next.map { Seen($0.meeting) } }
        return found
    }
}

/// No events: only meetings are asked for.
private struct NoEvents: EventSource, SightingSource {
    func events() async throws -> [Event] { [] }
    func plan(of event: EventID) async throws -> [Zone] { [] }
    func programme(of event: EventID) async throws -> [ProgrammeSession] { [] }
    func changes() throws -> ChangeFeed<EventID> { throw InvalidFixture() }
    func sightings(of hints: Set<ZoneHint>) async throws -> [Int32: [ZoneSighting]] { [:] }
}

/// A meeting as a client sees it.
private struct Seen: Equatable {
    let first: Int32
    let second: Int32
    let span: Range<Int64>
    let probability: Double
    let fixes: Int

    init(_ meeting: PersonMeeting) {
        first = meeting.first
        second = meeting.second
        span = meeting.start..<meeting.end
        probability = meeting.probability.roundedToThousandths
        fixes = meeting.fixes
    }
}

extension [Location] {
    /// The trail of a person, in time order.
    fileprivate func trail(of person: PersonID, in window: TimeWindow) -> [Location] {
        filter { location in
            let time = location.report.creationTime
            return location.report.personID == person && time >= window.start && time < window.end
        }.sorted { ($0.report.creationTime, $0.id) < ($1.report.creationTime, $1.id) }
    }
}
