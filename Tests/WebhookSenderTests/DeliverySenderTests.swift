import Credentials
import HTTPClient
import HTTPServer
import Models
import Networking
import Observability
import Postgres
import RESTTestSupport
import Synchronization
import TestSupport
import Testing

@testable import Persistence
@testable import WebhookSender

@Suite(.timeLimit(.minutes(10))) struct DeliverySenderTests {
    @Test func deliversASignedMessage() async throws {
        try await withReceiver { _ in
            204
        } test: { receiver, webhook, sending in
            try await webhook.subscribe()
            try await webhook.eraseSomebody(7)
            try await sending.run {
                try await eventually("a request") { receiver.requests.count == 1 }
                try await eventually("its record") { try await webhook.states == ["delivered"] }
            }
            let request = try #require(receiver.requests.first)
            #expect(request.id == "person:7.1")
            #expect(request.signatures == [webhook.secret.signature(of: request.id, at: request.time, request.body)])
            let message = try JSONValue(request.body)
            #expect(message["type"]?.string == "person.erased")
            #expect(message["data"]?["person_id"] == .number(7))
        }
    }

    @Test func signsWithBothSecretsAfterARotation() async throws {
        try await withReceiver { _ in
            204
        } test: { receiver, webhook, sending in
            try await webhook.subscribe()
            let next = WebhookSecret.random()
            let sealed = try #require(webhook.box.seal(next.bytes, for: webhook.id))
            _ = try await webhook.webhooks.rotate(webhook.id, to: sealed)
            try await webhook.eraseSomebody(7)
            try await sending.run { try await eventually("a request") { receiver.requests.count == 1 } }
            let request = try #require(receiver.requests.first)
            let expected = [next, webhook.secret].map { $0.signature(of: request.id, at: request.time, request.body) }
            #expect(request.signatures == expected)
        }
    }

    @Test func retriesUntilTheEndpointAccepts() async throws {
        try await withReceiver {
            $0 < 3 ? 500 : 200
        } test: { receiver, webhook, sending in
            try await webhook.subscribe()
            try await webhook.eraseSomebody(7)
            try await sending.run { try await eventually("success") { try await webhook.states == ["delivered"] } }
            #expect(receiver.requests.count == 4)
            #expect(Set(receiver.requests.map(\.id)) == ["person:7.1"])
        }
    }

    @Test func disablesAWebhookThatIsGone() async throws {
        try await withReceiver { _ in
            410
        } test: { _, webhook, sending in
            try await webhook.subscribe()
            try await webhook.eraseSomebody(7)
            try await sending.run {
                try await eventually("it is disabled") {
                    try await webhook.webhooks.webhook(webhook.id)?.disabledReason == "gone"
                }
            }
            #expect(try await webhook.states == ["dead"])
        }
    }

    @Test func sendsNothingToPrivateAddresses() async throws {
        try await withReceiver(forbidden: .special) { _ in
            204
        } test: { receiver, webhook, sending in
            try await webhook.subscribe()
            try await webhook.eraseSomebody(7)
            try await sending.run {
                try await eventually("a failed attempt") {
                    try await webhook.deliveries.deliveries(of: webhook.id, limit: 1).first?.error
                        == "forbidden_address"
                }
            }
            #expect(receiver.requests.isEmpty)
        }
    }

    @Test func keepsTheOrderOfAnOrderedWebhook() async throws {
        try await withReceiver {
            $0 % 3 == 0 ? 503 : 204
        } test: { receiver, webhook, sending in
            try await webhook.subscribe { $0.isOrdered = true }
            for person in 1...9 { try await webhook.eraseSomebody(Int32(person)) }
            try await sending.run {
                try await eventually("all are delivered") {
                    try await webhook.states == Array(repeating: "delivered", count: 9)
                }
            }
            let ids = receiver.requests.filter { $0.status == 204 }.map(\.id)
            #expect(ids == (1...9).map { "person:\($0).1" })
        }
    }

    @Test func twoSendersDeliverEachMessageOnce() async throws {
        try await withReceiver { _ in
            204
        } test: { receiver, webhook, sending in
            try await webhook.subscribe()
            for person in 1...300 { try await webhook.eraseSomebody(Int32(person)) }
            try await sending.run(senders: 2) {
                try await eventually("all are delivered") {
                    try await Set(webhook.states) == ["delivered"]
                }
            }
            #expect(receiver.requests.count == 300)
            #expect(Set(receiver.requests.map(\.id)).count == 300)
        }
    }

    @Test func repeatsOnlyWhatWasNotAcceptedOfABatch() async throws {
        // The first answers let the sender send batches; a third of the others fails once.
        try await withReceiver {
            $0 >= 10 && $0 < 100 && $0 % 3 == 0 ? 500 : 204
        } test: { receiver, webhook, sending in
            try await webhook.subscribe()
            for person in 1...200 { try await webhook.eraseSomebody(Int32(person)) }
            try await sending.run {
                try await eventually("all are delivered") {
                    try await webhook.states == Array(repeating: "delivered", count: 200)
                }
            }
            #expect(receiver.requests.count == 230)
            #expect(Set(receiver.requests.filter { $0.status == 204 }.map(\.id)).count == 200)
            let batches = try await webhook.client.query("SELECT count(*) FROM webhook_batch").single(Int64.self)
            #expect(batches > 0)
        }
    }

    @Test func recordsAttemptsInProgressWhenItStops() async throws {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        try await withReceiver { _ in
            begin.yield()
            return 204
        } test: { _, webhook, sending in
            try await webhook.subscribe()
            for person in 1...50 { try await webhook.eraseSomebody(Int32(person)) }
            // It stops while requests are in progress; none of them may be left claimed.
            try await sending.run { for await _ in begun { break } }
            let log = try await webhook.deliveries.deliveries(of: webhook.id, in: .pending, limit: 1_000)
            let now = Timestamp.now()
            #expect(log.allSatisfy { $0.dueAt <= now })
        }
    }
}

/// A server that keeps the requests and answers with a status.
private final class Receiver: Sendable {
    struct Seen: Sendable {
        let id: String
        let time: Int64
        let signatures: [String]
        let body: [UInt8]
        let status: Int
    }

    private let seen = Mutex<[Seen]>([])

    var requests: [Seen] { seen.withLock { $0 } }

    func take(_ request: Request, status: @Sendable (Int) -> Int) async throws -> Response {
        let body = try await request.body.collect(upTo: 1 << 20)
        let status = seen.withLock { seen in
            let status = status(seen.count)
            seen.append(
                Seen(
                    id: request.headers["webhook-id"] ?? "",
                    time: request.headers["webhook-timestamp"].flatMap { Int64($0) } ?? 0,
                    signatures: (request.headers["webhook-signature"] ?? "").split(separator: " ").map(String.init),
                    body: body,
                    status: status
                )
            )
            return status
        }
        return Response(status: HTTPStatus(code: status))
    }
}

/// A subscription of the receiver.
private struct TestWebhook: Sendable {
    let client: PostgresClient
    let url: String
    let id = "0123456789abcdef"
    let secret = WebhookSecret.random()
    let box = SecretBox(secret: "a key of the tests")

    var webhooks: WebhookStore { WebhookStore(client: client) }
    var deliveries: DeliveryStore { DeliveryStore(client: client) }

    var states: [String] {
        get async throws {
            try await deliveries.deliveries(of: id, limit: 1_000).reversed().map(\.state.rawValue)
        }
    }

    func subscribe(_ change: (inout Webhook.Details) -> Void = { _ in }) async throws {
        var details = Webhook.Details(name: "test", url: url, types: Set(DomainEventType.subscribable))
        change(&details)
        let sealed = try #require(box.seal(secret.bytes, for: id))
        _ = try #require(try await webhooks.create(id, details, secret: sealed, by: "tests"))
    }

    func eraseSomebody(_ number: Int32) async throws {
        try await client.execute("INSERT INTO person_erasure (person_id) VALUES (\(number))")
    }
}

/// Runs senders as the service does.
private struct Sending: Sendable {
    let webhook: TestWebhook
    let forbidden: AddressRanges

    func run(senders count: Int = 1, _ body: () async throws -> Void) async throws {
        let senders = (0..<count).map { _ in sender() }
        let dispatch = EventDispatch(
            webhook.deliveries,
            lifetime: .seconds(86_400),
            retention: .seconds(86_400),
            logger: .silent,
            metrics: MetricsRegistry(),
            whenDispatched: { for sender in senders { sender.wake() } }
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                // It ends with the test.
                do { try await dispatch.run() } catch is CancellationError {}
            }
            for sender in senders { group.addTask { try await sender.run() } }
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(try await body())
            } catch {
                outcome = .failure(error)
            }
            for sender in senders { await sender.stop() }
            group.cancelAll()
            try await group.waitForAll()
            try outcome.get()
        }
    }

    private func sender() -> DeliverySender {
        var limits = PostLoop.Limits(forbidden: forbidden)
        limits.allowsHTTP = true
        limits.timeout = .seconds(200)
        let retries = RetryPolicy(base: .milliseconds(20), cap: .milliseconds(100), lifetime: .seconds(86_400))
        return DeliverySender(
            webhook.deliveries,
            PostLoop(limits),
            webhook.box,
            retries,
            concurrency: 64,
            logger: .silent,
            metrics: MetricsRegistry()
        )
    }
}

private func withReceiver(
    forbidden: AddressRanges = .none,
    status: @escaping @Sendable (Int) -> Int,
    test: (Receiver, TestWebhook, Sending) async throws -> Void
) async throws {
    let receiver = Receiver()
    try await TestDatabase.withClient(.tables) { owner in
        try await withServer { router in
            router.post("/hook") { try await receiver.take($0, status: status) }
        } test: { server in
            let webhook = TestWebhook(client: owner, url: "http://127.0.0.1:\(server.port)/hook")
            try await test(receiver, webhook, Sending(webhook: webhook, forbidden: forbidden))
        }
    }
}
