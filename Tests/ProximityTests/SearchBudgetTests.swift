import Models
import Proximity
import Synchronization
import Testing

@Suite struct SearchBudgetTests {
    private static let afternoon = (start: 0.0, end: 3_600.0)

    /// Persons who stand together and report every second.
    private func crowd(_ persons: Int32, seconds: Int) throws -> GridIndex {
        GridIndex(
            try (1...persons).flatMap { person in
                try (0..<seconds).map { try located(person, at: Double($0) + Double(person) / 1_000) }
            }
        )
    }

    private func window() throws -> TimeWindow {
        let start = try located(1, at: Self.afternoon.start).report.creationTime
        let end = try located(1, at: Self.afternoon.end).report.creationTime
        return try #require(TimeWindow(start: start, end: end))
    }

    private func limits(_ change: (inout SearchLimits) -> Void) -> SearchLimits {
        var limits = SearchLimits.none
        change(&limits)
        return limits
    }

    @Test func endsASearchWithTooManyContacts() throws {
        let index = try crowd(20, seconds: 100)
        let person = try #require(PersonID(rawValue: 1))
        for within in [nil, 60_000_000] as [Int64?] {
            var search = ContactSearch(of: person, in: try window(), radius: .standard, within: within)
            #expect(throws: SearchFailure.exceeded(.results, limit: 1_000)) {
                try search.next(in: index, budget: SearchBudget(limits { $0.results = 1_000 }))
            }
        }
    }

    /// The clock advances by a second each time the search reads it, however few pairs it finds.
    @Test func endsASearchAtItsTimeLimitEvenWithoutResults() throws {
        let index = try crowd(20, seconds: 100)
        let person = try #require(PersonID(rawValue: 1))
        let window = try window()
        func budget() -> SearchBudget {
            let now = Mutex(Int64(0))
            return SearchBudget(limits { $0.time = .seconds(1) }) {
                now.withLock { now in
                    now += 1_000_000_000
                    return now
                }
            }
        }
        let late = SearchFailure.exceeded(.time, limit: 1)
        var contacts = ContactSearch(of: person, in: window, radius: .standard, within: 60_000_000)
        #expect(throws: late) { try contacts.next(in: index, budget: budget()) }
    }

    @Test func endsAStoppedSearch() throws {
        let index = try crowd(3, seconds: 10)
        let person = try #require(PersonID(rawValue: 1))
        let budget = SearchBudget()
        budget.stop()
        var search = ContactSearch(of: person, in: try window(), radius: .standard)
        #expect(throws: SearchFailure.stopped) { try search.next(in: index, budget: budget) }
    }

    @Test(arguments: [1, 2, 7, 100, 5_000], [nil, 900_000_000] as [Int64?])
    func pagesGiveTheSameContacts(limit: Int, within: Int64?) throws {
        var crowd = Crowd(seed: 7)
        let locations = crowd.locations(1_500, round: (480_000_000, 20_000_000), by: 60)
        let index = GridIndex(locations)
        let radius = try #require(Radius(metres: 25))
        let window = try #require(
            TimeWindow(start: Timestamp.supported.lowerBound, end: Timestamp.supported.upperBound)
        )
        let all = try index.contacts(of: Crowd.persons[0], in: window, radius: radius, within: within)
        #expect(all.count > 10)
        var search = ContactSearch(of: Crowd.persons[0], in: window, radius: radius, within: within)
        var pages: [Contact] = []
        while !search.isOver {
            let page = try search.next(in: index, limit: limit)
            #expect(page.count <= limit)
            pages += page
        }
        #expect(pages == all)
    }

    /// A person who moves closer between two pages still appears once.
    @Test func losesNoContactIfThePersonMovesBetweenPages() throws {
        let others = try (1...20).map { try located(2, at: Double($0), north: Double($0) / 10) }
        let index = GridIndex(try others + [located(1, at: 0)])
        var search = ContactSearch(of: try #require(PersonID(rawValue: 1)), in: try window(), radius: .standard)
        var found = try search.next(in: index, limit: 5)
        let later = index.adding([try located(1, at: 30, north: 2)])
        while !search.isOver { found += try search.next(in: later, limit: 5) }
        #expect(found.map(\.location) == others)
    }

    @Test func expectsWiderQuestionsToTakeLonger() throws {
        let index = try crowd(20, seconds: 100)
        let person = try #require(PersonID(rawValue: 1))
        let window = try window()
        func expected(_ metres: Double) throws -> Duration {
            let radius = try #require(Radius(metres: metres))
            return index.expectedTime(forContactsOf: person, in: window, radius: radius, within: nil)
        }
        #expect(try expected(5) > .zero)
        #expect(try expected(10_000) >= expected(5))
        #expect(
            GridIndex().expectedTime(forContactsOf: person, in: window, radius: .standard, within: nil) == .zero
        )
    }
}
