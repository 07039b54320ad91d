import Models
import Proximity
import Testing

@Suite struct PlausibilityTests {
    private static let always = TimeWindow(
        start: Timestamp(microseconds: 0),
        end: Timestamp(microseconds: 4_000_000_000_000_000)
    )

    private static func rule(_ change: (inout Plausibility) -> Void) -> EncounterRule {
        var rule = EncounterRule.standard
        change(&rule.plausibility)
        return rule
    }

    private static let noMocks = rule { $0.includesMocks = false }
    private static let accurate = rule { $0.greatestAccuracy = Accuracy(metres: 10) }
    private static let slow = rule { $0.greatestSpeed = 340 }

    /// Whom person 1 meets, by all three ways to find out.
    private func met(_ locations: [Location], _ rule: EncounterRule) throws -> Int {
        let window = try #require(Self.always)
        let me = try #require(PersonID(rawValue: 1))
        let index = GridIndex(locations)
        let mine = try index.encounters(of: me, in: window, rule: rule)
        var search = EncounterSearch(in: window, rule: rule)
        var everybodys: [Encounter] = []
        while !search.isOver { everybodys += try search.step(in: index) }
        #expect(everybodys.count == mine.count)
        let own = index.trail(of: me, in: window)
        let other = index.trail(of: try #require(PersonID(rawValue: 2)), in: window)
        let evidence = try EncounterEvidence(
            own: own,
            other: other,
            rule: rule,
            leaps: index.leaps(in: own + other, rule.plausibility),
            limit: 100
        )
        #expect(evidence.meetings.count == mine.count)
        return mine.count
    }

    @Test(arguments: [(true, false), (false, true)])
    func placesThatAnAppMadeUpMakeNoMeeting(mine: Bool, other: Bool) throws {
        let locations = [try located(1, at: 0, isMock: mine), try located(2, at: 1, isMock: other)]
        #expect(try met(locations, .standard) == 1)
        #expect(try met(locations, Self.noMocks) == 0)
    }

    @Test(arguments: [(nil, 1), (9, 1), (10, 1), (10.1, 0), (19, 0)] as [(Double?, Int)])
    func placesThatAreHardlyKnownMakeNoMeeting(accuracy: Double?, count: Int) throws {
        let locations = [try located(1, at: 0, accuracy: accuracy), try located(2, at: 1)]
        #expect(try met(locations, .standard) == 1)
        #expect(try met(locations, Self.accurate) == count)
    }

    /// Person 1 stands still but for one reading; person 2 stands where that reading is.
    @Test(
        arguments: [
            // 5 km away for a second and back again: nobody does that.
            (5_000, [0, 10, 11, 12, 20], 0),
            // With time enough to go there and back.
            (5_000, [0, 10, 60, 110, 120], 1),
            // It may have taken 15 s before: then only the way back is too fast, and what is wrong is not known.
            (5_000, [0, 10, 25, 26, 30], 1),
            // Within what phones wander by.
            (90, [0, 10, 10.001, 10.002, 20], 1),
            (150, [0, 10, 10.001, 10.002, 20], 0),
        ] as [(Double, [Double], Int)]
    )
    func readingsThatNobodyCanReachMakeNoMeeting(distance: Double, times: [Double], count: Int) throws {
        var locations: [Location] = []
        for (place, time) in times.enumerated() {
            locations.append(try located(1, at: time, north: place == 2 ? distance : 0))
        }
        locations.append(try located(2, at: times[2], north: distance + 1))
        // Whatever the order in which they come.
        for turn in locations.indices {
            let order = Array(locations[turn...] + locations[..<turn])
            #expect(try met(order, .standard) == 1)
            #expect(try met(order, Self.slow) == count)
        }
    }

    @Test func whoMovesOnForGoodHasBeenThere() throws {
        let still = try [0.0, 10, 20].map { try located(1, at: $0) }
        let moved = try [21.0, 30, 40].map { try located(1, at: $0, north: 50_000) }
        let other = try located(2, at: 21, north: 50_001)
        #expect(try met(still + moved + [other], Self.slow) == 1)
        // The last reading may be wrong until the next one shows that the person is there.
        #expect(try met(still + moved.prefix(1) + [other], Self.slow) == 0)
    }

    /// One device in the pocket, another one 20 km away: each is where it says.
    @Test func twoDevicesOfAPersonAreInTwoPlaces() throws {
        let pocket = try (0..<12).map { try located(1, at: Double($0) * 10, device: 1) }
        let hotel = try (0..<12).map { try located(1, at: Double($0) * 10 + 5, north: 20_000, device: 2) }
        let other = try (0..<12).map { try located(2, at: Double($0) * 10 + 2, north: 1) }
        #expect(try met(pocket + hotel + other, Self.slow) == 1)
        let sameDevice = try (0..<12).map { try located(1, at: Double($0) * 10 + 5, north: 20_000, device: 1) }
        #expect(try met(pocket + sameDevice + other, Self.slow) == 0)
    }

    @Test func devicesWithoutAFixMakeNoMeeting() throws {
        func met(device: UInt8, accuracy: Double? = nil) throws -> Int {
            let center: (Int32, Int32) = (0, 0)
            return try self.met(
                [
                    try located(1, at: 0, accuracy: accuracy, device: device, round: center),
                    try located(2, at: 1, accuracy: accuracy, device: device, round: center),
                ],
                Self.accurate
            )
        }
        #expect(try met(device: 1) == 0)
        #expect(try met(device: 1, accuracy: 5) == 0)
        // A client without a device means the place.
        #expect(try met(device: 0) == 1)
        #expect(try met(device: 0, accuracy: 70_000) == 0)
    }

    @Test func aSingleReadingIsBelieved() throws {
        #expect(try met([try located(1, at: 0), try located(2, at: 0)], Self.slow) == 1)
    }

    /// Midnight is 14 hours behind 10 o'clock; the neighbours are in other days, and one is a batch of its own.
    @Test func looksAcrossMidnight() throws {
        let midnight = 14.0 * 3_600
        let index = GridIndex([
            try located(1, at: midnight - 1), try located(1, at: midnight, north: 9_000),
            try located(2, at: midnight, north: 9_000),
        ])
        let window = try #require(Self.always)
        let me = try #require(PersonID(rawValue: 1))
        #expect(try index.encounters(of: me, in: window, rule: Self.slow).isEmpty)
        let later = index.adding([try located(1, at: midnight + 1, north: 9_001)])
        #expect(try later.encounters(of: me, in: window, rule: Self.slow).count == 1)
    }

    @Test func evidenceSaysWhy() throws {
        let own = [
            try located(1, at: 0), try located(1, at: 99), try located(1, at: 100, north: 9_000),
            try located(1, at: 101), try located(1, at: 200, isMock: true), try located(1, at: 300, accuracy: 12),
        ]
        let other = [
            try located(2, at: 0), try located(2, at: 70, north: 9_000), try located(2, at: 130, north: 9_000),
            try located(2, at: 200), try located(2, at: 300),
        ]
        let rule = Self.rule { plausibility in
            plausibility.greatestAccuracy = Accuracy(metres: 10)
            plausibility.greatestSpeed = 340
            plausibility.includesMocks = false
        }
        let evidence = try EncounterEvidence(
            own: own,
            other: other,
            rule: rule,
            leaps: GridIndex(own + other).leaps(in: own + other, rule.plausibility),
            limit: 100
        )
        let near = evidence.samples.filter { $0.pair.distance < 5 && $0.verdict != .tooFarApartInTime }
        let verdicts = near.sorted { $0.pair.start < $1.pair.start }.map(\.verdict)
        #expect(
            verdicts == [.enters, .impossibleSpeed, .impossibleSpeed, .mockLocation, .inaccurateLocation]
        )
        #expect(evidence.meetings.count == 1)
        let all = try EncounterEvidence(own: own, other: other, rule: .standard, limit: 100)
        #expect(all.samples.filter { $0.verdict == .enters }.count == 5)
    }
}
