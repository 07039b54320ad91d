import HTTPServer
import RESTTestSupport
import Synchronization
import Testing

@testable import ConnectionService

@Suite struct LiveTests {
    private static let path = "/api/persons/1/encounters/stream"

    private static func events(_ answer: Answer) -> [(name: String, data: String)] {
        answer.text.matches(of: /event: (\w+)\n(?:id: \w+\n)?data: (.*)\n/).map { (String($0.1), String($0.2)) }
            // On a slow machine.
            .filter { $0.0 != "heartbeat" }
    }

    @Test func sendsMeetingsAndEachChange() async throws {
        let meetings = await InMemoryMeetings(try meeting(of: 1, and: 2, at: 0))
        let more = try meeting(of: 1, and: 3, at: 3_600)
        let api = try APIUnderTest(meetings, isStopping: { meetings.isStopping(adding: more) })
        let answer = try await api.send(.get, Self.path)
        #expect(answer.headers["Content-Type"] == "text/event-stream")
        let events = Self.events(answer)
        #expect(events.map(\.name) == ["locations", "encounters", "locations", "encounters"])
        #expect(events.map(\.data).filter { $0.hasPrefix(#"{"count""#) } == [#"{"count":10}"#, #"{"count":20}"#])
        #expect(events[1].data.hasPrefix(#"{"total":1,"encounters":[{"person":{"id":2,"#))
        #expect(events[3].data.hasPrefix(#"{"total":2,"#))
    }

    @Test func sendsNothingTwice() async throws {
        let meetings = await InMemoryMeetings(try meeting(of: 1, and: 2, at: 0))
        let stop = CountedStop(after: 4)
        let first = try await APIUnderTest(meetings, isStopping: { stop.isStopping }).send(.get, Self.path)
        #expect(Self.events(first).map(\.name) == ["locations", "encounters"])
        let id = try #require(first.text.firstMatch(of: /id: (\w+)/)?.1)
        let again = CountedStop(after: 1)
        let second = try await APIUnderTest(meetings, isStopping: { again.isStopping })
            .send(.get, "\(Self.path)?last_event_id=\(id)")
        #expect(Self.events(second).map(\.name) == ["locations"])
    }

    @Test func limitsTheMeetings() async throws {
        let stored = try (2...9).flatMap { try meeting(of: 1, and: Int32($0), at: Int64($0) * 3_600) }
        let stop = CountedStop(after: 1)
        let answer = try await APIUnderTest(await InMemoryMeetings(stored), isStopping: { stop.isStopping })
            .send(.get, "\(Self.path)?limit=3")
        let state = try JSONValue(Array(try #require(Self.events(answer).last?.data).utf8))
        #expect(state["total"]?.number == 8)
        #expect(state["encounters"]?.elements?.count == 3)
    }

    @Test func answersNotFoundForUnknownPersons() async throws {
        let answer = try await APIUnderTest(await InMemoryMeetings()).send(.get, Self.path)
        #expect(answer.status == 404)
    }

    @Test(arguments: ["distance=-1", "limit=0", "from=x"])
    func rejectsInvalidQuestions(query: String) async throws {
        let meetings = await InMemoryMeetings(try meeting(of: 1, and: 2, at: 0))
        #expect(try await APIUnderTest(meetings).send(.get, "\(Self.path)?\(query)").status == 400)
    }

    @Test func sendsOnlyChangedEvents() async throws {
        let empty =
            #""locations":0,"locations_per_second":0,"persons_seen":0,"window":300,"lag":0,"least_persons":5,"#
            + #""heat":[],"newest":[]}"#
        let count = Mutex(0)
        let stop = CountedStop(after: 2)
        let api = try APIUnderTest(
            await InMemoryMeetings(),
            event: {
                let number = count.withLock { count in
                    count += 1
                    return count
                }
                return Array((#"{"time":"2026-05-04T10:00:0\#(number)","# + empty).utf8)
            },
            isStopping: { stop.isStopping }
        )
        let answer = try await api.send(.get, "/api/event/stream")
        #expect(Self.events(answer).map(\.name) == ["event", "event"])
        #expect(try await api.send(.get, "/api/event").json["window"]?.number == 300)
    }

    @Test func measuresTheArrivalRate() {
        var rate = ArrivalRate()
        let start = ContinuousClock.now
        for second in 0..<30 { rate.note(second * 100, at: start + .seconds(second)) }
        #expect(rate.perSecond == 100)
        rate.note(0, at: start + .seconds(31))
        #expect(rate.perSecond == 0)
        rate.note(500, at: start + .seconds(36))
        #expect(rate.perSecond == 100)
    }
}

/// Reports that the process stops after a number of calls.
final class CountedStop: Sendable {
    private let left: Mutex<Int>
    private let onAsked: @Sendable (Int) -> Void

    init(after count: Int, onAsked: @escaping @Sendable (Int) -> Void = { _ in }) {
        left = Mutex(count)
        self.onAsked = onAsked
    }

    var isStopping: Bool {
        let left = left.withLock { left in
            left -= 1
            return left
        }
        onAsked(left)
        return left < 0
    }
}
