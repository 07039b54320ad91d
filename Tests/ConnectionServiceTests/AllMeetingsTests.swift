import Credentials
import Models
import RESTTestSupport
import ServiceRuntime
import Synchronization
import Testing

@testable import ConnectionService
@testable import HTTPServer

/// The day of all meetings in these tests.
private let path = "/api/encounters?from=2020-08-15T10:00:00&to=2020-08-16T10:00:00"

@Suite struct AllMeetingsTests {
    @Test func writesALinePerMeeting() async throws {
        let stored = try meeting(of: 7, and: 2, at: 0) + meeting(of: 2, and: 3, at: 5_000)
        let answer = try await APIUnderTest(await InMemoryMeetings(stored)).send(.get, path)
        #expect(answer.status == 200)
        #expect(answer.headers["Content-Type"] == "application/x-ndjson")
        let person = #","first_name":"Taco","last_name":"Fargo","company_name":"Alpha"}"#
        let lines = answer.text.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(
            lines[0].hasPrefix(
                #"{"persons":[{"id":2\#(person),{"id":3\#(person)],"start":"2020-08-15T12:00:"#
            )
        )
        #expect(lines[1].hasPrefix(#"{"persons":[{"id":2\#(person),{"id":7\#(person)],"start":"2020-08-15T10:3"#))
    }

    @Test func isEmptyWithoutMeetings() async throws {
        let answer = try await APIUnderTest(await InMemoryMeetings()).send(.get, path)
        #expect(answer.status == 200)
        #expect(answer.bytes.isEmpty)
    }

    @Test func skipsErasedPersons() async throws {
        let stored = try meeting(of: 1, and: 2, at: 0) + meeting(of: 1, and: 3, at: 5_000)
        let persons = try [1, 3].map { someone(try #require(PersonID(rawValue: $0))) }
        let answer = try await APIUnderTest(await InMemoryMeetings(stored, persons: persons)).send(.get, path)
        #expect(answer.text.split(separator: "\n").count == 1)
        #expect(answer.text.contains(#"{"id":3,"#))
    }

    @Test func streamsInParts() async throws {
        let stored = try (1...800).flatMap {
            try meeting(of: Int32($0) * 2, and: Int32($0) * 2 + 1, at: Int64($0) * 100, samples: 3)
        }
        let client = Client(piecesUntilItLeaves: .max)
        try await send(await InMemoryMeetings(stored), to: client)
        #expect(client.pieces.reduce(0, +) == 800)
        #expect(client.pieces.allSatisfy { $0 <= 250 })
    }

    @Test func endsWhenTheClientLeaves() async throws {
        let stored = try (1...200).flatMap {
            try meeting(of: Int32($0) * 2, and: Int32($0) * 2 + 1, at: Int64($0) * 100, samples: 3)
        }
        let repository = await InMemoryMeetings(stored, isEndless: true)
        let client = Client(piecesUntilItLeaves: 3)
        await #expect(throws: ClientDisconnected.self) { try await send(repository, to: client) }
        #expect(client.pieces.count == 3)
    }

    /// The server cancels the task of a client that has left, even if there is nothing to send.
    @Test func endsWhenTheRequestIsCancelled() async throws {
        let repository = await InMemoryMeetings(try meeting(of: 1, and: 2, at: 0), persons: [], isEndless: true)
        await withTaskGroup { group in
            group.addTask {
                await #expect(throws: CancellationError.self) {
                    try await send(repository, to: Client(piecesUntilItLeaves: .max))
                }
            }
            while repository.visits < 10 { await Task.yield() }
            group.cancelAll()
        }
    }
}

private func send(_ repository: InMemoryMeetings, to client: Client) async throws {
    var router = Router()
    let inProgress = AnswersInProgress(
        MemoryShares(MemoryBound(bytes: 512 << 20)),
        streams: 1,
        streamsPerClient: 1
    )
    let views = LimitedViews(consents: { [:] }, pseudonyms: KeyedDigest(key: [1]))
    MeetingRoutes(meetings: repository, inProgress: inProgress, views: views).add(to: &router)
    let response = try await router.respond(to: try Request(.get, path))
    guard case .stream(let produce) = response.body else { throw InvalidFixture() }
    try await produce(ResponseWriter(sink: client))
}

/// Counts the lines of each chunk, and leaves after some of them.
private final class Client: ResponseSink {
    private let counts = Mutex<[Int]>([])
    private let limit: Int

    init(piecesUntilItLeaves limit: Int) {
        self.limit = limit
    }

    var pieces: [Int] { counts.withLock { $0 } }

    func write(_ bytes: [UInt8]) async throws {
        let count = counts.withLock { counts in
            counts.append(bytes.count { $0 == UInt8(ascii: "\n") })
            return counts.count
        }
        if count >= limit { throw ClientDisconnected() }
    }
}
