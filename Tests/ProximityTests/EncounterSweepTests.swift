import Geospatial
import Models
import Proximity
import Testing

@Suite struct EncounterSweepTests {
    private static let rules: [(radius: Double, within: Double, gap: Double)] = [
        (5, 60, 300), (5, 0, 0), (2, 30, 30), (12, 60, 120), (0, 60, 300), (100, 3_600, 86_400),
    ]

    /// Meetings follow from the locations: not from their order, and not from how often one was sent.
    @Test(arguments: rules.indices, [1, 2, 3] as [UInt64])
    func doesNotDependOnOrderAndRepeats(index: Int, seed: UInt64) throws {
        var generator = SeededGenerator(seed)
        let rule = try rule(Self.rules[index])
        let walk = try wander(persons: 5, minutes: 40, using: &generator)
        let pairs = coPresences(of: walk, rule: rule)
        let met = EncounterSweep.encounters(of: pairs, rule: rule)
        for _ in 0..<3 {
            let repeats = pairs.filter { _ in Bool.random(using: &generator) }
            let shuffled = (pairs + repeats).shuffled(using: &generator)
            #expect(EncounterSweep.encounters(of: shuffled, rule: rule) == met)
            let swapped = shuffled.map { CoPresence(own: $0.other, other: $0.own, distance: $0.distance) }
            #expect(EncounterSweep.encounters(of: swapped, rule: rule) == met)
        }
    }

    @Test(arguments: rules.indices, [4, 5, 6] as [UInt64])
    func isTheSameInSlicesAndAsAWhole(index: Int, seed: UInt64) throws {
        var generator = SeededGenerator(seed)
        let rule = try rule(Self.rules[index])
        let pairs = coPresences(of: try wander(persons: 6, minutes: 40, using: &generator), rule: rule)
        let met = EncounterSweep.encounters(of: pairs, rule: rule)
        var sweep = EncounterSweep(rule: rule)
        var found: [Encounter] = []
        for slice in try slices(of: pairs, using: &generator) {
            let part = pairs.filter { $0.start >= slice.start && $0.start < slice.end }
            for encounter in sweep.add(part.shuffled(using: &generator), startingIn: slice) {
                // Nothing that comes out may still have gone on.
                #expect(encounter.pairStarts.upperBound < slice.end)
                found.append(encounter)
            }
        }
        found += sweep.finish()
        #expect(found.sorted { ($0.start, $0.persons) < ($1.start, $1.persons) } == met)
        #expect(sweep.openCount == 0)
    }

    /// The answer for one pair is that for all, and the index need not look at others for it.
    @Test(arguments: [7, 8] as [UInt64])
    func isTheSameForEachPairAlone(seed: UInt64) throws {
        var generator = SeededGenerator(seed)
        let walk = try wander(persons: 5, minutes: 60, using: &generator)
        let met = encounters(of: walk)
        #expect(met.count >= 5)
        let persons = Set(met.map(\.persons))
        for pair in persons {
            let two = walk.filter { [pair.first, pair.second].contains($0.report.personID) }
            #expect(encounters(of: two) == met.filter { $0.persons == pair })
            var fold = EncounterFold(of: pair, rule: .standard)
            var folded: [Encounter] = []
            for next in coPresences(of: two, rule: .standard).sorted(by: { $0.start < $1.start }) {
                if let encounter = fold.add(next) { folded.append(encounter) }
            }
            if let encounter = fold.finish() { folded.append(encounter) }
            #expect(folded == met.filter { $0.persons == pair })
        }
    }

    /// Whoever looks at the rules a second way has to find the same.
    @Test(arguments: rules.indices, [9, 10, 11] as [UInt64])
    func isWhatTheRulesSay(index: Int, seed: UInt64) throws {
        var generator = SeededGenerator(seed)
        let rule = try rule(Self.rules[index])
        let walk = try wander(persons: 4, minutes: 40, using: &generator)
        let pairs = coPresences(of: walk, rule: rule)
        let met = EncounterSweep.encounters(of: pairs, rule: rule)
        for encounter in met {
            let own = pairs.filter {
                PersonPair($0.own.report.personID, $0.other.report.personID) == encounter.persons
                    && encounter.pairStarts.contains($0.start) && isAccurate($0, rule)
            }
            #expect(encounter.samples == own.count)
            #expect(encounter.start == own.map(\.end).min())
            #expect(encounter.end == max(encounter.start, own.map(\.start).max() ?? encounter.start))
            #expect(encounter.closestDistance == own.map(\.distance).min())
            #expect(encounter.closestDistance <= rule.radius.metres)
            #expect(own.contains { $0.start == encounter.pairStarts.lowerBound && $0.distance <= rule.radius.metres })
            #expect((0...1).contains(encounter.certainty))
            #expect(encounter.significance <= (Double(encounter.duration) / 1e6 + 1) * encounter.certainty + 1e-9)
        }
        // Each pair that enters belongs to exactly one meeting.
        for pair in pairs where pair.distance <= rule.radius.metres && isAccurate(pair, rule) {
            let owners = met.filter {
                $0.persons == PersonPair(pair.own.report.personID, pair.other.report.personID)
                    && $0.pairStarts.contains(pair.start)
            }
            #expect(owners.count == 1)
        }
    }

    @Test func keepsOnlyWhatMayGoOn() throws {
        var sweep = EncounterSweep(rule: .standard)
        var (most, count) = (0, 0)
        for hour in 0..<100 {
            let now = Double(hour) * 3_600
            // Twenty pairs meet in each hour, a minute each.
            var pairs: [CoPresence] = []
            for number in 0..<20 {
                let (first, second) = (Int32(number * 2 + 1), Int32(number * 2 + 2))
                for step in 0...6 {
                    let time = now + Double(step) * 10
                    let (own, other) = (try located(first, at: time), try located(second, at: time))
                    pairs.append(CoPresence(own: own, other: other, distance: 0))
                }
            }
            let start = try located(1, at: now).report.creationTime
            let end = Timestamp(microseconds: start.microseconds + 3_600_000_000)
            count += sweep.add(pairs, startingIn: try #require(TimeWindow(start: start, end: end))).count
            most = max(most, sweep.openCount)
        }
        #expect(most == 20)
        #expect(count + sweep.finish().count == 2_000)
    }

    @Test func ranksTheMostSignificantFirst() throws {
        let long = try (0...9).flatMap { [try located(1, at: Double($0) * 30), try located(2, at: Double($0) * 30)] }
        let short = try [1_000.0, 1_030].flatMap { [try located(1, at: $0), try located(3, at: $0)] }
        let vague = try [2_000.0, 2_030].flatMap { [try located(1, at: $0, accuracy: 9), try located(4, at: $0)] }
        let both = try [3_000.0, 3_030].flatMap {
            [try located(1, at: $0), try located(5, at: $0), try located(6, at: $0)]
        }
        let me = try #require(PersonID(rawValue: 1))
        let mine = encounters(of: both + vague + short + long).filter { $0.persons.first == me }
        let ranked = mine.sorted { $0.rank(for: me) < $1.rank(for: me) }
        #expect(ranked.map { $0.persons.second.rawValue } == [2, 3, 5, 6, 4])
    }

    private func rule(_ numbers: (radius: Double, within: Double, gap: Double)) throws -> EncounterRule {
        try ProximityTests.rule(radius: numbers.radius, within: numbers.within, gap: numbers.gap)
    }

    private func isAccurate(_ pair: CoPresence, _ rule: EncounterRule) -> Bool {
        let metres = [pair.own, pair.other].map { Double($0.report.accuracy?.metres ?? 0) }
        return (metres[0] * metres[0] + metres[1] * metres[1]).squareRoot() <= max(4 * rule.radius.metres, 20)
    }

    /// Some persons on a square of 40 m: they walk, stand, go out of sight, and their phones know more or less where they are.
    private func wander(
        persons: Int32,
        minutes: Double,
        using generator: inout SeededGenerator
    ) throws -> [Location] {
        var locations: [Location] = []
        for person in 1...persons {
            var (north, east) = (0.0, 0.0)
            var time = Double.random(in: 0...60, using: &generator).rounded()
            while time < minutes * 60 {
                let accuracy =
                    Int.random(in: 0..<3, using: &generator) == 0 ? Double.random(in: 0...30, using: &generator) : nil
                locations.append(try located(person, at: time, north: north, east: east, accuracy: accuracy))
                if Bool.random(using: &generator) {
                    north = min(max(north + .random(in: -6...6, using: &generator).rounded(), 0), 40)
                    east = min(max(east + .random(in: -6...6, using: &generator).rounded(), 0), 40)
                }
                let isOutOfSight = Int.random(in: 0..<20, using: &generator) == 0
                time += Double(Int.random(in: 5...30, using: &generator)) + (isOutOfSight ? 400 : 0)
            }
        }
        return locations.shuffled(using: &generator)
    }

    /// Slices of random lengths that cover the starts of all pairs.
    private func slices(of pairs: [CoPresence], using generator: inout SeededGenerator) throws -> [TimeWindow] {
        guard let first = pairs.map(\.start).min(), let last = pairs.map(\.start).max() else { return [] }
        var slices: [TimeWindow] = []
        var start = first.microseconds
        while start <= last.microseconds {
            let end = start + Int64.random(in: 0...240_000_000, using: &generator)
            slices.append(
                try #require(TimeWindow(start: Timestamp(microseconds: start), end: Timestamp(microseconds: end)))
            )
            start = end
        }
        return slices
    }
}
