import Credentials
import Models
import Observability
import Persistence
import Presence
import Proximity
import Testing

@testable import ConnectionService

/// Who is found near whom.
@Suite struct NudgeFinderTests {
    /// A day after the meetings, in seconds.
    private static let now: Int64 = 86_400
    /// Steps of 10⁻⁷ degrees of latitude in a metre.
    private static let metre = 90.4

    /// A fix of a person some seconds before now, some metres north of the meeting.
    private func fix(
        of person: Int32,
        metres: Double = 0,
        before seconds: Int64 = 0,
        accuracy: Double? = 5,
        isMock: Bool = false
    ) throws -> Location {
        let time = (Self.now - seconds) * 1_000_000
        let plain = try location(
            1 << 32 + (time / 1_000) << 16 + Int64(person),
            person: person,
            latitude: -106_572_100 + Int32(metres * Self.metre),
            after: time,
            accuracy: accuracy
        )
        let report = plain.report
        return Location(
            id: plain.id,
            report: LocationReport(
                personID: report.personID,
                coordinate: report.coordinate,
                creationTime: report.creationTime,
                accuracy: report.accuracy,
                isMock: isMock
            )
        )
    }

    private func consents(
        _ persons: ClosedRange<Int32> = 1...3,
        to purposes: [ConsentPurpose] = [.nudge, .meet, .locate],
        since seconds: Int64 = -1
    ) -> [PersonID: Consents] {
        let since = Dictionary(uniqueKeysWithValues: purposes.map { ($0, EventFixtures.time(seconds)) })
        return Dictionary(uniqueKeysWithValues: persons.map { (PersonID(stored: $0), Consents(since: since)) })
    }

    private func finder(
        _ locations: [Location],
        _ consents: [PersonID: Consents],
        _ events: [EventSetup]? = nil,
        now: Int64 = Self.now
    ) async throws -> NudgeFinder {
        let index = IndexState(IndexSettings(), ComputeThreads(), MetricsRegistry())
        let persons = (1...3).map { PersonID(stored: $0) }
        index.replace(with: GridIndex(locations), persons: persons, positions: [:], goal: [:])
        try await index.presence.publishNext()
        return NudgeFinder(
            try #require(index.presence.latest),
            at: try events ?? [EventFixtures.setup(hours: 80_000..<100_000, hasVenue: true)],
            consents,
            pseudonyms: KeyedDigest(key: [1]),
            NudgeSettings(),
            PresenceSettings(),
            now: EventFixtures.time(now)
        )
    }

    /// The pairs that are found among all persons, as `1-2 20`.
    private func found(
        _ locations: [Location],
        _ consents: [PersonID: Consents]? = nil,
        _ events: [EventSetup]? = nil,
        now: Int64 = Self.now
    ) async throws -> [String] {
        let finder = try await finder(locations, consents ?? self.consents(), events, now: now)
        return finder.pairs(of: [PersonID(stored: 1), PersonID(stored: 2), PersonID(stored: 3)], memory()).map {
            "\($0.first.rawValue)-\($0.second.rawValue) \($0.aboutMetres)"
        }
    }

    private func memory(limit: Int = 6) -> NudgeMemory { NudgeMemory(dailyLimit: limit) }

    private func met() throws -> [Location] { try meeting(of: 1, and: 2, at: 0, samples: 20) }

    @Test(arguments: [(3.0, "10"), (12, "10"), (18, "20"), (27, "30")])
    func findsWhoMetYesterday(metres: Double, told: String) async throws {
        let near = try met() + [fix(of: 1), fix(of: 2, metres: metres), fix(of: 3)]
        #expect(try await found(near) == ["1-2 \(told)"])
    }

    @Test func tellsTheLastMeetingAndAnAliasForEach() async throws {
        let finder = try await finder(try met() + [fix(of: 1), fix(of: 2)], consents())
        let pair = try #require(finder.pairs(of: [PersonID(stored: 2)], memory()).first)
        #expect((pair.first.rawValue, pair.second.rawValue, pair.event) == (1, 2, EventFixtures.event))
        #expect(pair.firstAlias != pair.secondAlias && pair.firstAlias.rawValue >= LimitedView.firstPseudonym)
        #expect(abs(pair.lastMet.microseconds - EventFixtures.time(570).microseconds) < 60_000_000)
    }

    @Test func leavesOutPairsThatWereAskedAndPersonsWithAFullDay() async throws {
        let finder = try await finder(try met() + [fix(of: 1), fix(of: 2)], consents())
        let (now, persons) = (EventFixtures.time(Self.now), [PersonID(stored: 2)])
        let (near, other) = (
            NudgeFinder.Pair(persons[0], PersonID(stored: 1)), NudgeFinder.Pair(persons[0], PersonID(stored: 3))
        )
        var asked = memory()
        asked.note(near, at: EventFixtures.event, isStored: false, now: now)
        #expect(finder.pairs(of: persons, asked).isEmpty)
        let mustRead = [0, 59, 60].map { asked.advance(to: EventFixtures.time(Self.now + $0)) }
        #expect(mustRead == [true, false, true])
        #expect(finder.pairs(of: persons, asked).isEmpty)
        _ = asked.advance(to: EventFixtures.time(Self.now + 600))
        #expect(finder.pairs(of: persons, asked).count == 1)
        var full = memory(limit: 2)
        full.note(other, at: EventFixtures.event, isStored: true, now: now)
        #expect(finder.pairs(of: persons, full).count == 1)
        full.note(other, at: EventFixtures.event, isStored: true, now: now)
        #expect(finder.pairs(of: persons, full).isEmpty)
        // A new day.
        full.replace([other], at: EventFixtures.event, now: now)
        #expect(finder.pairs(of: persons, full).count == 1)
    }

    @Test func needsAMeetingThatIsOver() async throws {
        #expect(try await found([fix(of: 1), fix(of: 2)]).isEmpty)
        let together = try meeting(of: 1, and: 2, at: Self.now - 600, samples: 20)
        #expect(try await found(try met() + together).isEmpty)
        let earlier = try meeting(of: 1, and: 2, at: Self.now - 4_500, samples: 20)
        #expect(try await found(earlier + [fix(of: 1), fix(of: 2, metres: 20)]) == ["1-2 20"])
    }

    @Test func needsFreshAccurateAndCredibleFixesNearby() async throws {
        let own = try met() + [fix(of: 1)]
        #expect(try await found(own + [fix(of: 2, before: 60)]) == ["1-2 10"])
        #expect(try await found(own + [fix(of: 2, before: 61)]).isEmpty)
        #expect(try await found(own + [fix(of: 2, before: -61)]).isEmpty)
        #expect(try await found(own + [fix(of: 2, accuracy: 51)]).isEmpty)
        #expect(try await found(own + [fix(of: 2, accuracy: nil)]) == ["1-2 10"])
        #expect(try await found(own + [fix(of: 2, isMock: true)]).isEmpty)
        #expect(try await found(own + [fix(of: 2, metres: 31)]).isEmpty)
        // Only the last place counts.
        #expect(try await found(own + [fix(of: 2, before: 20), fix(of: 2, metres: 40)]).isEmpty)
    }

    @Test func needsTheConsentOfBoth() async throws {
        let near = try met() + [fix(of: 1), fix(of: 2)]
        for purposes in [
            [ConsentPurpose.nudge, .locate], [.meet, .locate], [.nudge, .meet],
            [.locate, .identify, .place, .directory],
        ] {
            let one = consents().merging(consents(2...2, to: purposes)) { $1 }
            #expect(try await found(near, one).isEmpty)
            #expect(try await found(near, consents(to: purposes)).isEmpty)
        }
        // A meeting before the consent is shown to neither.
        let later = consents().merging(consents(1...1, since: 1_000)) { $1 }
        #expect(try await found(near, later).isEmpty)
    }

    @Test func needsAnOpenEventWithAVenue() async throws {
        let near = try met() + [fix(of: 1), fix(of: 2)]
        let setups = [
            try EventFixtures.setup(hours: 0..<86_400, hasVenue: true),
            try EventFixtures.setup(hours: 80_000..<100_000),
            try EventFixtures.setup(hasVenue: true),
        ]
        for setup in setups { #expect(try await found(near, nil, [setup]).isEmpty) }
        #expect(try await found(near, nil, []).isEmpty)
        // 50 m north of the meeting is outside of the hall.
        let outside = try met() + [fix(of: 1, metres: 50), fix(of: 2, metres: 50)]
        #expect(try await found(outside).isEmpty)
    }
}
