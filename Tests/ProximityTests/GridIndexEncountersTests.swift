import Geospatial
import Models
import Proximity
import Testing

/// What comes out of the index has to be what comparing every pair of locations gives.
@Suite struct GridIndexEncountersTests {
    private static let places: [(latitude: Int32, longitude: Int32)] = [
        (0, 133_777_000), (525_162_740, 1_800_000_000), (-337_000_000, -1_799_999_000), (899_999_000, 0),
    ]

    @Test(arguments: places.indices, [(5.0, 60.0, 300.0), (30, 600, 900), (2, 5, 5)])
    func findsWhatComparingEveryPairFinds(place: Int, numbers: (Double, Double, Double)) throws {
        let rule = try rule(radius: numbers.0, within: numbers.1, gap: numbers.2)
        var crowd = try crowd(round: Self.places[place], seed: UInt64(place))
        // Rows of the system that came before may be there several times.
        crowd += try crowd.prefix(40).enumerated().flatMap { number, location in
            try [1, 2].map { copy in
                Location(id: try #require(LocationID(rawValue: Int64(number * 2 + copy))), report: location.report)
            }
        }
        let window = try window(100, 50_000)
        let expected = encounters(of: crowd.filter { window.contains($0.report.creationTime) }, rule: rule)
        let index = GridIndex(crowd)
        for maximum in [600, 250_000] {
            let found = try all(index, in: window, rule: rule, maximumPairs: maximum)
            #expect(inOrder(found) == expected)
        }
        var count = 0
        for person in index.persons() {
            let mine = try index.encounters(of: person, in: window, rule: rule)
            for maximum in [600] {
                var search = try PersonEncounterSearch(
                    of: person,
                    in: index,
                    during: window,
                    rule: rule,
                    maximumPairs: maximum
                )
                var found: [Encounter] = []
                while !search.isOver { found += try search.step() }
                #expect(Set(found) == Set(mine) && found.count == mine.count)
            }
            let ranks = mine.map { $0.rank(for: person) }
            #expect(ranks == ranks.sorted())
            #expect(Set(mine) == Set(expected.filter { [$0.persons.first, $0.persons.second].contains(person) }))
            count += mine.count
            for other in index.persons() where other != person {
                let evidence = try EncounterEvidence(
                    own: index.trail(of: person, in: window),
                    other: index.trail(of: other, in: window),
                    rule: rule,
                    limit: 10
                )
                #expect(evidence.meetings == expected.filter { $0.persons == PersonPair(person, other) })
            }
        }
        #expect(count == expected.count * 2)
        #expect(expected.count > 1)
    }

    /// Late, repeated and reordered locations revise the meetings to what they would have been.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func doesNotDependOnWhatCameWhen(seed: UInt64) throws {
        var generator = SeededGenerator(seed)
        let crowd = try crowd(round: Self.places[0], seed: seed)
        let window = try window(0, 100_000)
        let expected = try all(GridIndex(crowd), in: window, rule: .standard)
        for _ in 0..<3 {
            var index = GridIndex()
            let repeats = crowd.filter { _ in Bool.random(using: &generator) }
            // What comes again has a place of its own in the queue, and thereby another number.
            let renumbered = (crowd + repeats).shuffled(using: &generator).enumerated().compactMap { place, location in
                LocationID(partition: place % 4, offset: Int64(place)).map { Location(id: $0, report: location.report) }
            }
            var rest = renumbered[...]
            while !rest.isEmpty {
                let batch = rest.prefix(Int.random(in: 1...200, using: &generator))
                rest = rest.dropFirst(batch.count)
                index = index.adding(Array(batch))
                if Bool.random(using: &generator) { index = index.compacted() }
            }
            #expect(inOrder(try all(index, in: window, rule: .standard)) == inOrder(expected))
        }
        #expect(expected.count > 3)
    }

    @Test func stopsWhereItIsToldAndGoesOn() throws {
        let crowd = try crowd(round: Self.places[0], seed: 4)
        let window = try window(0, 40_000)
        var search = EncounterSearch(in: window, rule: .standard)
        var found: [Encounter] = []
        var end = window.start
        while !search.isOver {
            end = Timestamp(microseconds: end.microseconds + 777_000_000)
            let part = crowd.filter { location in
                let time = location.report.creationTime
                return time >= search.position && time.microseconds < end.microseconds + 60_000_000
            }
            while !search.isOver, search.position < end { found += try search.step(in: GridIndex(part), upTo: end) }
        }
        #expect(inOrder(found) == inOrder(try all(GridIndex(crowd), in: window, rule: .standard)))
        #expect(found.count > 3)
    }

    @Test func isOverAtOnceWithoutLocations() throws {
        #expect(try all(GridIndex(), in: try window(0, 1e9), rule: .standard).isEmpty)
        let crowd = try crowd(round: Self.places[0], seed: 5)
        #expect(try all(GridIndex(crowd), in: try window(10, 10), rule: .standard).isEmpty)
        let person = try #require(PersonID(rawValue: 1))
        #expect(try GridIndex().encounters(of: person, in: try window(0, 100), rule: .standard).isEmpty)
        #expect(try GridIndex(crowd).encounters(of: person, in: try window(-100, -90), rule: .standard).isEmpty)
        #expect(
            try GridIndex(crowd).erasing(person).encounters(of: person, in: try window(0, 1e5), rule: .standard).isEmpty
        )
    }

    private func all(
        _ index: GridIndex,
        in window: TimeWindow,
        rule: EncounterRule,
        maximumPairs: Int = 250_000
    ) throws -> [Encounter] {
        var search = EncounterSearch(in: window, rule: rule, maximumPairs: maximumPairs)
        var found: [Encounter] = []
        while !search.isOver { found += try search.step(in: index) }
        return found
    }

    /// Which slice a meeting comes out of depends on how long the slices are.
    private func inOrder(_ encounters: [Encounter]) -> [Encounter] {
        encounters.sorted { ($0.start, $0.persons) < ($1.start, $1.persons) }
    }

    private func window(_ start: Double, _ end: Double) throws -> TimeWindow {
        let (start, end) = (try located(1, at: start).report.creationTime, try located(1, at: end).report.creationTime)
        return try #require(TimeWindow(start: start, end: end))
    }

    /// Five persons who wander about on 20 m, in the evening and, after a pause, past midnight.
    private func crowd(round center: (latitude: Int32, longitude: Int32), seed: UInt64) throws -> [Location] {
        var generator = SeededGenerator(seed)
        var locations: [Location] = []
        for person in 1...5 as ClosedRange<Int32> {
            for start in [0.0, 49_000] {
                var (north, east, time) = (0.0, 0.0, start + Double(person))
                while time < start + 1_500 {
                    locations.append(try located(person, at: time, north: north, east: east, round: center))
                    north = min(max(north + .random(in: -4...4, using: &generator), -10), 10)
                    east = min(max(east + .random(in: -4...4, using: &generator), -10), 10)
                    time += Double(Int.random(in: 5...60, using: &generator))
                }
            }
        }
        return locations.shuffled(using: &generator)
    }
}

extension TimeWindow {
    fileprivate func contains(_ time: Timestamp) -> Bool { start <= time && time < end }
}
