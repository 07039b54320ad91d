import HTTPServer
import LocationQueue
import Models
import Observability
import RESTTestSupport
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
    func repeatsTheAnswerWithoutASecondEffect(path: String, body: String, type: String) async throws {
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

    @Test func rejectsTheKeyOfAnotherRequest() async throws {
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
    func rejectsInvalidKeys(key: String) async throws {
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

    /// Locations without a time get that of the first attempt, so that repeats are recognised.
    @Test func retriesAFailedRequestWithItsFirstTime() async throws {
        let answers = IdempotentAnswers(capacity: 1 << 20, lifetime: .seconds(60))
        let request = try Request(.post, "/api/locations", headers: Self.keyed)
        let later = Timestamp(microseconds: noon.microseconds + 1_000_000)
        var moments: [Timestamp] = []
        await #expect(throws: LocationQueueError.self) {
            try await answers.answer(request, at: noon, upTo: 100) { attempt in
                moments.append(attempt.moment)
                throw LocationQueueError(.unavailable)
            }
        }
        _ = try await answers.answer(request, at: later, upTo: 100) { attempt in
            moments.append(attempt.moment)
            return .text("done")
        }
        #expect(moments.count == 2)
        #expect(moments[0] == moments[1])
    }

    @Test func rejectsARepeatOfARequestInProgress() async throws {
        let answers = IdempotentAnswers(capacity: 1 << 20, lifetime: .seconds(60))
        let request = try Request(.post, "/api/locations", headers: Self.keyed)
        _ = try await answers.answer(request, at: noon, upTo: 100) { _ in
            await #expect {
                _ = try await answers.answer(request, at: noon, upTo: 100) { _ in .text("twice") }
            } throws: {
                error in
                (error as? Problem)?.status == .conflict
            }
            return .text("done")
        }
    }

    private static func name(_ key: Int, of client: String = "192.0.2.1") throws -> AnswerMemory.Name {
        AnswerMemory.Name(client: client, key: try #require(IdempotencyKey("k\(key)")))
    }

    private static func isKnown(_ name: AnswerMemory.Name, to memory: AnswerMemory) -> Bool {
        var memory = memory
        if case .answered = memory.begin(name, now: noon) { return true }
        return false
    }

    private static func isNew(_ verdict: AnswerMemory.Verdict) -> Bool {
        if case .new = verdict { true } else { false }
    }

    @Test func boundsMemoryAndLifetime() throws {
        var memory = AnswerMemory(capacity: 160 * AnswerMemory.overhead, lifetime: 1_000)
        for number in 0..<100 {
            let name = try Self.name(number)
            _ = memory.begin(name, now: noon)
            memory.end(name, .answered(.text("x"), size: 1, digest: []))
        }
        #expect(memory.count == 9)
        #expect(Self.isKnown(try Self.name(99), to: memory))
        let later = Timestamp(microseconds: noon.microseconds + 1_000)
        #expect(Self.isNew(memory.begin(try Self.name(99), now: later)))
        #expect(memory.count == 1)
    }

    @Test func floodsEvictOnlyTheClientsOwnAnswers() throws {
        var memory = AnswerMemory(capacity: 160 * AnswerMemory.overhead, lifetime: 1_000)
        let mine = try (0..<5).map { try Self.name($0, of: "198.51.100.7") }
        for name in mine {
            _ = memory.begin(name, now: noon)
            memory.end(name, .answered(.text("x"), size: 1, digest: []))
        }
        for number in 0..<9_000 {
            let name = try Self.name(number)
            _ = memory.begin(name, now: noon)
            // Answered, failed and running ones.
            if number % 3 == 0 { memory.end(name, .answered(.text("x"), size: 100, digest: [])) }
            if number % 3 == 1 { memory.end(name, .failed) }
        }
        for number in 9_000..<18_000 {
            let name = try Self.name(number)
            _ = memory.begin(name, now: noon)
            memory.end(name, .refused)
        }
        #expect(memory.nameCount < 1_000)
        #expect(memory.count <= mine.count + 10)
        #expect(mine.allSatisfy { Self.isKnown($0, to: memory) })
    }

    @Test func allClientsTogetherStayBelowTheCapacity() throws {
        var memory = AnswerMemory(capacity: 160 * AnswerMemory.overhead, lifetime: 1_000)
        for number in 0..<2_000 { _ = memory.begin(try Self.name(number, of: "192.0.2.\(number)"), now: noon) }
        #expect(memory.count == 160)
    }

    @Test func eachClientHasKeysOfItsOwn() async throws {
        let answers = IdempotentAnswers(capacity: 1 << 20, lifetime: .seconds(60))
        func send(_ client: String, _ text: String) async throws -> [UInt8] {
            var headers = Self.keyed
            headers["X-Forwarded-For"] = client
            let body = RequestBody(Array(text.utf8))
            let request = try Request(.post, "/api/locations", headers: headers, body: body)
            return try await answers.answer(request, at: noon, upTo: 100) { attempt in
                attempt.note(try await request.body.collect(upTo: 100))
                return .text(text)
            }
            .content()
        }
        #expect(try await send("192.0.2.1", "one") == Array("one".utf8))
        #expect(try await send("192.0.2.2", "two") == Array("two".utf8))
        #expect(try await send("192.0.2.1", "one") == Array("one".utf8))
        // A client with IPv6 is a network, not an address.
        #expect(try await send("2001:db8::1", "one") == Array("one".utf8))
        await #expect(throws: Problem.self) { try await send("2001:db8::2", "two") }
    }

    @Test func freesTheKeyOfARejectedRequest() async throws {
        let queue = InMemoryQueue()
        let api = try APIUnderTest(queue)
        for body in ["{", #"{"person_id": 0}"#, String(repeating: " ", count: 70_000)] {
            #expect(try await api.send(.post, "/api/locations", headers: Self.keyed, body: body).status / 100 == 4)
        }
        #expect(try await api.send(.post, "/api/locations", headers: Self.keyed, body: Self.one).status == 200)
        var memory = AnswerMemory(capacity: 1 << 20, lifetime: 1_000)
        _ = memory.begin(try Self.name(1), now: noon)
        memory.end(try Self.name(1), .refused)
        #expect(memory.count == 0)
    }
}
