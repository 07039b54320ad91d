import Credentials
import HTTPClient
import HTTPServer
import Models
import Networking
import Observability
import Postgres
import RESTTestSupport
import ServiceRuntime
import TestSupport
import Testing
import WebPush

@testable import Persistence
@testable import WebhookSender

@Suite(.timeLimit(.minutes(10))) struct PushSenderTests {
    @Test func sendsAnEncryptedMessageOnce() async throws {
        try await withPushService { _ in
            201
        } test: { service, browser, sender in
            try await browser.queue()
            try await run(sender) { try await eventually("it is sent") { try await browser.messages == 0 } }
            let request = try #require(service.requests.first)
            #expect(service.requests.count == 1)
            #expect(request.headers["Content-Encoding"] == "aes128gcm")
            #expect(request.headers["Urgency"] == "high")
            #expect(request.headers["Authorization"]?.hasPrefix("vapid t=") == true)
            #expect(request.headers["Topic"]?.utf8.count == 32)
            let lifetime = try #require(request.headers["TTL"].flatMap { Int($0) })
            #expect((0...600).contains(lifetime))
            // The salt, the size, the sender's key, and then {"kind": "nudge"} with delimiter and tag.
            #expect(request.body.count == 86 + 17 + 17)
            #expect(try await browser.subscriptions == 1)
        }
    }

    @Test func retriesUntilThePushServiceAccepts() async throws {
        try await withPushService {
            $0 < 2 ? 503 : 201
        } test: { service, browser, sender in
            try await browser.queue()
            try await run(sender) { try await eventually("it is sent") { try await browser.messages == 0 } }
            #expect(service.requests.count == 3)
            #expect(Set(service.requests.map { $0.headers["Topic"] }).count == 1)
        }
    }

    @Test(arguments: [404, 410])
    func removesABrowserThatIsGone(status: Int) async throws {
        try await withPushService { _ in
            status
        } test: { _, browser, sender in
            try await browser.queue()
            try await run(sender) { try await eventually("it is removed") { try await browser.subscriptions == 0 } }
            #expect(try await browser.messages == 0)
        }
    }

    @Test func dropsAMessageThatThePushServiceRefuses() async throws {
        try await withPushService { _ in
            413
        } test: { service, browser, sender in
            try await browser.queue()
            try await run(sender) { try await eventually("it is dropped") { try await browser.messages == 0 } }
            #expect(service.requests.count == 1)
            #expect(try await browser.subscriptions == 1)
        }
    }

    @Test func sendsNothingToPrivateAddresses() async throws {
        try await withPushService(forbidden: .special) { _ in
            201
        } test: { service, browser, sender in
            try await browser.queue()
            try await run(sender) { try await eventually("an attempt") { try await browser.attempts > 1 } }
            #expect(service.requests.isEmpty)
        }
    }

    @Test func leavesNoClaimWhenItStops() async throws {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        try await withPushService { _ in
            begin.yield()
            return 201
        } test: { _, browser, sender in
            for number in 0..<20 { try await browser.queue(#"{"kind": "\#(number)"}"#) }
            try await run(sender) { for await _ in begun { break } }
            let claimed = try await browser.client.query("SELECT count(*) FROM push_message WHERE due_at > now()")
            #expect(try claimed.single(Int64.self) == 0)
        }
    }

    @Test func givesUpWhenTheMessageWouldExpire() {
        let policy = RetryPolicy(base: .seconds(10), cap: .seconds(60), lifetime: .seconds(86_400))
        let claimed = ClaimedPush(
            id: 1,
            attempt: 1,
            topic: "",
            payload: "{}",
            expiresAt: Timestamp(microseconds: 20_000_000),
            subscription: "",
            origin: "",
            sealed: []
        )
        func fate(_ status: Int, retryAfter: Int = 0, at seconds: Int64 = 0) -> PushFate {
            let answer = PostLoop.Answer(status: status, retryAfter: retryAfter)
            return policy.fate(of: claimed, answer, at: Timestamp(microseconds: seconds * 1_000_000), jitter: 0.5)
        }
        #expect(fate(500) == .retried(after: 5_000_000))
        #expect(fate(429, retryAfter: 19) == .retried(after: 19_000_000))
        #expect(fate(429, retryAfter: 20) == .dropped)
        #expect(fate(500, at: 15) == .dropped)
        #expect([200, 201, 202].map { fate($0) } == [.sent, .sent, .sent])
        #expect([301, 400, 401, 403, 413].allSatisfy { fate($0) == .dropped })
    }

    private func run(_ sender: PushSender, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await sender.run() }
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(try await body())
            } catch {
                outcome = .failure(error)
            }
            await sender.stop()
            try await group.waitForAll()
            try outcome.get()
        }
    }
}

/// A subscription of the browser.
private struct SubscribedBrowser: Sendable {
    let client: PostgresClient

    var messages: Int64 {
        get async throws { try await client.query("SELECT count(*) FROM push_message").single(Int64.self) }
    }

    var attempts: Int32 {
        get async throws { try await client.query("SELECT max(attempt) FROM push_message").single(Int32.self) }
    }

    var subscriptions: Int64 {
        get async throws { try await client.query("SELECT count(*) FROM push_subscription").single(Int64.self) }
    }

    func queue(_ payload: String = #"{"kind": "nudge"}"#) async throws {
        try await client.execute("SELECT queue_push(1, \(payload)::jsonb, now() + interval '10 minutes')")
    }
}

private func withPushService(
    forbidden: AddressRanges = .none,
    status: @escaping @Sendable (Int) -> Int,
    test: (TestPushService, SubscribedBrowser, PushSender) async throws -> Void
) async throws {
    let service = try TestPushService(status: status)
    defer { service.close() }
    try await TestDatabase.withClient(.tables) { owner in
        let person = try await PersonStore(client: owner).create(
            PersonDetails(firstName: "Ada", lastName: "L", companyName: "C")
        )
        try await TestDatabase.withClient(of: owner.configuration, as: "uda_webhook") { client in
            let (store, box) = (PushStore(client: client), SecretBox(secret: "a key of the tests"))
            let body = TestBrowser.body(url: "http://127.0.0.1:\(service.port)/push")
            let registration = try PushRegistration(json: Array(body.utf8)) {
                EndpointAddress($0, allowsHTTP: true, forbidden: .none)
            }
            let target = PushTarget(url: registration.address.text, keys: registration.keys)
            let isAdded = try await store.add(
                PushSubscription(id: "a", origin: registration.address.origin, createdAt: .now()),
                digest: TokenDigest(of: target.url),
                sealed: try #require(target.sealed(by: box, for: "a")),
                of: person.id,
                session: nil
            )
            #expect(isAdded)
            let key = try #require(VAPIDKey(pem: TestBrowser.serverKey, subject: "mailto:ops@example.org"))
            var reader = EnvironmentReader(["WEBHOOK_RETRY_BASE": "20ms", "WEBHOOK_RETRY_CAP": "100ms"])
            var limits = PostLoop.Limits(forbidden: forbidden)
            limits.allowsHTTP = true
            limits.timeout = .seconds(200)
            let sender = PushSender(
                store,
                PostLoop(limits),
                PushRequests(key: key, box: box),
                SendingSettings(&reader),
                logger: .silent,
                metrics: MetricsRegistry()
            )
            try await test(service, SubscribedBrowser(client: owner), sender)
        }
    }
}
