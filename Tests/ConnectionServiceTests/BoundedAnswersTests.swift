import HTTPServer
import Models
import Proximity
import RESTTestSupport
import ServiceRuntime
import Synchronization
import Testing

@testable import ConnectionService

/// Questions that are too wide, and too many answers.
@Suite struct BoundedAnswersTests {
    private static let day = "from=2020-08-15&to=2020-08-16"
    private static let failures: [SearchFailure] = [
        .exceeded(.pairs, limit: 8), .exceeded(.trail, limit: 6),
        .exceeded(.results, limit: 5), .exceeded(.time, limit: 4), .exceeded(.past, limit: 3),
    ]

    @Test(arguments: failures)
    func namesTheBoundAndTheWideParameters(failure: SearchFailure) async throws {
        let meetings = await InMemoryMeetings(
            try meeting(of: 1, and: 2, at: 0),
            overrun: (.answer, failure)
        )
        let api = try APIUnderTest(meetings)
        for path in [
            "/api/persons/1/encounters", "/api/persons/1/people", "/api/encounters", "/api/persons/1/encounters/stream",
        ] {
            let answer = try await api.send(.get, "\(path)?\(Self.day)")
            #expect(answer.status == 422)
            guard case .exceeded(_, let limit) = failure else { return }
            let detail = try #require(try answer.json["detail"]?.string)
            #expect(detail.hasPrefix("The question is too wide: "))
            #expect(detail.contains(" \(limit) "))
            if !path.hasSuffix("stream") { #expect(try answer.errors == ["to": ["Expected a shorter time."]]) }
        }
    }

    @Test func namesOnlyWideParameters() async throws {
        let locations = InMemoryLocations(overrun: .exceeded(.results, limit: 1_000_000))
        let answer = try await APIUnderTest(locations)
            .send(.get, "/api/persons/1/connection?start_date=2020-01-01&end_date=2020-12-30")
        #expect(answer.status == 422)
        #expect(try answer.errors == ["end_date": ["Expected a shorter time."]])
    }

    @Test func sendsAProblemIfAStreamBecomesTooWide() async throws {
        let meetings = await InMemoryMeetings(
            try meeting(of: 1, and: 2, at: 0),
            overrun: (.refresh, SearchFailure.exceeded(.pairs, limit: 8))
        )
        let more = try meeting(of: 1, and: 3, at: 3_600)
        let answer = try await APIUnderTest(meetings, isStopping: { meetings.isStopping(adding: more) })
            .send(.get, "/api/persons/1/encounters/stream")
        #expect(answer.status == 200)
        let events = answer.text.matches(of: /event: (\w+)\n(?:id: \w+\n)?data: (.*)\n/)
        #expect(events.map(\.1) == ["locations", "encounters", "locations", "problem"])
        #expect(events.last?.2.contains(#""status":422"#) == true)
    }

    @Test func retriesAStreamsRefreshSilently() async throws {
        let meetings = await InMemoryMeetings(
            try meeting(of: 1, and: 2, at: 0),
            overrun: (.refresh, Problem.tooManyQuestions)
        )
        let more = try meeting(of: 1, and: 3, at: 3_600)
        let answer = try await APIUnderTest(meetings, isStopping: { meetings.isStopping(adding: more) })
            .send(.get, "/api/persons/1/encounters/stream")
        #expect(answer.text.matches(of: /event: (\w+)\n/).map(\.1) == ["locations", "encounters", "locations"])
    }

    @Test func limitsTheMeetingsOfOneAnswer() async throws {
        let most = (AnswersInProgress.largest - AnswersInProgress.overhead) / MeetingRow.plainSize
        // One more than fit into a mebibyte.
        let stored = try (0...Int64(most)).flatMap {
            try meeting(of: 1, and: 2 + Int32($0 % 100), at: $0 * 700, samples: 5)
        }
        let api = try APIUnderTest(await InMemoryMeetings(stored))
        let answer = try await api.send(.get, "/api/persons/1/encounters")
        #expect(answer.status == 422)
        #expect(try answer.errors["limit"] != nil)
        let page = try await api.send(.get, "/api/persons/1/encounters?limit=1000")
        #expect(page.status == 200)
        #expect(page.headers["X-Total-Count"] == String(most + 1))
    }

    @Test func limitsStreamsPerClientAndInTotal() async throws {
        let places = ClientShares(3, each: 2)
        let first = try places.take(for: "192.0.2.1")
        let second = try places.take(for: "192.0.2.1")
        #expect(throws: Problem.self) { try places.take(for: "192.0.2.1") }
        let third = try places.take(for: "192.0.2.2")
        do {
            _ = try places.take(for: "192.0.2.3")
            Issue.record("There was no place.")
        } catch {
            #expect(error.status == .serviceUnavailable)
            #expect(error.headers["Retry-After"] != nil)
        }
        withExtendedLifetime((first, second, third)) {}
    }

    @Test func releasesShares() throws {
        let places = ClientShares(1, each: 1)
        for client in ["192.0.2.1", "192.0.2.2", "192.0.2.1"] { _ = try places.take(for: client) }
        let held = try places.take(for: "192.0.2.1")
        #expect(throws: Problem.self) { try places.take(for: "192.0.2.1") }
        withExtendedLifetime(held) {}
    }

    /// The first page is released before the next one is computed.
    @Test func writesLongAnswersFromPagesOfBoundedSize() async throws {
        let found = try (1...30_000).map { try connection(location(Int64($0), person: 2)) }
        let locations = InMemoryLocations(connections: found)
        let answer = try await APIUnderTest(locations)
            .send(.get, "/api/persons/1/connection?start_date=2020-01-01&end_date=2020-12-30")
        #expect(try answer.json.elements?.count == 30_000)
        #expect(locations.question.largestLimit * MemoryLayout<Contact>.stride <= AnswersInProgress.largest)
        #expect(locations.question.pages > 1)
    }

    @Test func readsNamesOnceAndCachesABoundedNumber() async throws {
        let reads = ReadCounter()
        var names = PersonNames { ids in
            reads.add(ids.count)
            return Dictionary(uniqueKeysWithValues: ids.map { ($0, someone($0, String(repeating: "x", count: 200))) })
        }
        for _ in 0..<3 { #expect(try await names.persons((1...100).map { PersonID(stored: $0) }).count == 100) }
        #expect(reads.count == 100)
        for page in 0..<20 {
            let ids = (1...250).map { PersonID(stored: Int32(page * 250 + $0)) }
            #expect(try await names.persons(ids).count == 250)
        }
    }

    @Test func dividesMemory() {
        let shares = MemoryShares(MemoryBound(bytes: 512 << 20))
        #expect(shares.indexedLocations > 5_000_000)
        #expect(shares.quickQuestions >= 8)
        #expect(MemoryShares(MemoryBound(bytes: 128 << 20)).quickQuestions >= 2)
    }
}

/// The number of persons that were read.
private final class ReadCounter: Sendable {
    private let total = Mutex(0)

    var count: Int { total.withLock { $0 } }

    func add(_ count: Int) { total.withLock { $0 += count } }
}
