import HTTPServer
import LocationQueue
import Models
import Observability
import RESTTestSupport
import Synchronization
import Testing

@testable import LocationProducer

@Suite struct IdempotencyTests {
    private static let one = #"{"person_id": 1, "latitude": 1, "longitude": 2}"#
    private static let other = #"{"person_id": 2, "latitude": 1, "longitude": 2}"#
    private static let keyed: HTTPHeaders = [
        "Idempotency-Key": #""8e03978e-40d5-43dd-bc93-6894a57f9324""#, "Content-Type": "application/json",
    ]

    @Test(arguments: [
        ("/api/locations", one, "application/json"), ("/api/locations/batch", "[\(one)]", "application/json"),
        ("/api/locations/batch", "\(one)\n7\n", "application/x-ndjson"),
    ])
    func answersARepeatWithoutDoingItAgain(path: String, body: String, type: String) async throws {
        let queue = InMemoryQueue()
        let api = try APIUnderTest(queue)
        var headers = Self.keyed
        headers["Content-Type"] = type
        let first = try await api.send(.post, path, headers: headers, body: body)
        let second = try await api.send(.post, path, headers: headers, body: body)
        #expect(first.status / 100 == 2)
        #expect(second.status == first.status)
        #expect(second.text == first.text)
        #expect(second.headers["Location"] == first.headers["Location"])
        #expect(queue.messages.count == 1)
        // Without a key it is another request.
        _ = try await api.send(.post, path, headers: ["Content-Type": type], body: body)
        #expect(queue.messages.count == 2)
    }

    @Test func refusesTheKeyOfAnotherRequest() async throws {
        let queue = InMemoryQueue()
        let api = try APIUnderTest(queue)
        _ = try await api.send(.post, "/api/locations", headers: Self.keyed, body: Self.one)
        for (path, body) in [("/api/locations", Self.other), ("/api/locations/batch", Self.one)] {
            let answer = try await api.send(.post, path, headers: Self.keyed, body: body)
            #expect(answer.status == 422)
        }
        #expect(queue.messages.count == 1)
    }

    @Test(arguments: ["", "\"", "\"\"", "\"a\"b\"", "a\tb", String(repeating: "k", count: 256)])
    func refusesWhatIsNoKey(key: String) async throws {
        let answer = try await APIUnderTest(InMemoryQueue())
            .send(
                .post,
                "/api/locations",
                headers: ["Idempotency-Key": key, "Content-Type": "application/json"],
                body: Self.one
            )
        #expect(answer.status == 400)
        #expect(try answer.json["errors"]?[0]?["header"]?.string == "Idempotency-Key")
    }

    /// What has no time gets that of the first attempt, so that it is recognised as the same.
    @Test func doesAgainWhatHasFailedAtTheSameMoment() async throws {
        let answers = IdempotentAnswers(capacity: 1 << 20, lifetime: .seconds(60), now: Clock().next)
        let request = try Request(.post, "/api/locations", headers: Self.keyed)
        var moments: [Timestamp] = []
        await #expect(throws: LocationQueueError.self) {
            try await answers.answer(request, upTo: 100) { attempt in
                moments.append(attempt.moment)
                throw LocationQueueError(.unavailable)
            }
        }
        _ = try await answers.answer(request, upTo: 100) { attempt in
            moments.append(attempt.moment)
            return .text("done")
        }
        #expect(moments.count == 2)
        #expect(moments[0] == moments[1])
    }

    @Test func refusesARepeatWhileItIsBeingAnswered() async throws {
        let answers = IdempotentAnswers(capacity: 1 << 20, lifetime: .seconds(60), now: { noon })
        let request = try Request(.post, "/api/locations", headers: Self.keyed)
        _ = try await answers.answer(request, upTo: 100) { _ in
            await #expect { _ = try await answers.answer(request, upTo: 100) { _ in .text("twice") } } throws: {
                error in
                (error as? Problem)?.status == .conflict
            }
            return .text("done")
        }
    }

    @Test func keepsNoMoreThanItMayAndNoLonger() throws {
        var memory = AnswerMemory(capacity: 10 * AnswerMemory.overhead, lifetime: 1_000)
        for number in 0..<100 {
            let key = try #require(IdempotencyKey("k\(number)"))
            _ = memory.begin(key, now: noon)
            memory.end(key, .text("x"), size: 1, digest: [])
        }
        #expect(memory.count == 9)
        let last = try #require(IdempotencyKey("k99"))
        guard case .answered = memory.begin(last, now: noon) else {
            Issue.record("The last answer has been forgotten.")
            return
        }
        let later = Timestamp(microseconds: noon.microseconds + 1_000)
        guard case .new = memory.begin(last, now: later) else {
            Issue.record("An old answer has been kept.")
            return
        }
        #expect(memory.count == 1)
    }

    /// A second passes with every look.
    private final class Clock: Sendable {
        private let time = Mutex(noon.microseconds)

        func next() -> Timestamp {
            time.withLock { time in
                time += 1_000_000
                return Timestamp(microseconds: time)
            }
        }
    }
}
