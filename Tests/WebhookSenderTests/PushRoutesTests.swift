import Access
import Credentials
import Foundation
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
@testable import RESTAccess
@testable import WebhookSender

@Suite(.timeLimit(.minutes(10))) struct PushRoutesTests {
    @Test func addsListsAndRemovesBrowsers() async throws {
        try await withAPI { api in
            let added = try await api.send(.post, "/api/me/push", TestBrowser.body())
            #expect(added.status == 201)
            let id = try #require(try added.json["id"]?.string)
            #expect(added.headers["Location"] == "/api/me/push/\(id)")
            #expect(try added.json["origin"]?.string == "https://push.example.org")
            #expect(try await api.send(.get, "/api/me/push").json.elements?.count == 1)
            #expect(try await api.send(.get, "/api/me/push", by: 2).json.elements?.isEmpty == true)
            // The endpoint is a secret.
            #expect(try await !api.send(.get, "/api/me/push").text.contains("secret-place"))
            #expect(try await api.send(.delete, "/api/me/push/\(id)", by: 2).status == 404)
            #expect(try await api.send(.delete, "/api/me/push/\(id)").status == 204)
            #expect(try await api.send(.delete, "/api/me/push/\(id)").status == 404)
            #expect(try await api.send(.delete, "/api/me/push/x").status == 400)
        }
    }

    @Test func storesTheTargetEncrypted() async throws {
        try await withAPI { api in
            let added = try await api.send(.post, "/api/me/push", TestBrowser.body())
            let id = try #require(try added.json["id"]?.string)
            let sealed = try await api.client.query("SELECT sealed FROM push_subscription").single([UInt8].self)
            let target = try #require(PushTarget(sealed: sealed, by: APIOfAPerson.box, for: id))
            #expect(target.url == "https://push.example.org/secret-place")
            #expect(PushTarget(sealed: sealed, by: APIOfAPerson.box, for: "another id") == nil)
            #expect(PushTarget(sealed: sealed, by: SecretBox(secret: "another key"), for: id) == nil)
        }
    }

    @Test func namesEachInvalidMember() async throws {
        try await withAPI { api in
            let invalid = #"{"endpoint": "https://10.0.0.1/", "p256dh": "BA", "auth": "AA", "other": 1}"#
            let answer = try await api.send(.post, "/api/me/push", invalid)
            #expect(answer.status == 400)
            #expect(try answer.errors.keys.sorted() == ["/auth", "/endpoint", "/other", "/p256dh"])
            let missing = try await api.send(.post, "/api/me/push", #"{"auth": 7}"#)
            #expect(try missing.errors.keys.sorted() == ["/auth", "/endpoint", "/p256dh"])
            for body in ["[]", "{", ""] { #expect(try await api.send(.post, "/api/me/push", body).status == 400) }
            // A point beside the curve.
            let beside = TestBrowser.body(point: [4] + [UInt8](repeating: 1, count: 64))
            #expect(try await api.send(.post, "/api/me/push", beside).errors.keys.sorted() == ["/p256dh"])
        }
    }

    @Test func isForAttendeesOnly() async throws {
        try await withAPI { api in
            let unknown = try await api.send(.get, "/api/me/push", by: nil)
            let program = try await api.send(.get, "/api/me/push", by: 1, as: .client)
            let erased = try await api.send(.post, "/api/me/push", TestBrowser.body(), by: 9)
            #expect([unknown, program, erased].map(\.status) == [401, 403, 404])
        }
    }

    @Test func hasNoKeyAndTakesNoBrowsersWhilePushIsOff() async throws {
        try await withAPI { api in
            let key = try await api.send(.get, "/api/push/key", by: nil)
            #expect(try key.status == 200 && key.json["key"]?.string == APIOfAPerson.key?.publicKey)
        }
        try await withAPI(key: nil) { api in
            let key = try await api.send(.get, "/api/push/key", by: nil)
            let added = try await api.send(.post, "/api/me/push", TestBrowser.body())
            let listed = try await api.send(.get, "/api/me/push")
            #expect([key, added, listed].map(\.status) == [404, 404, 200])
        }
    }

    private func withAPI(
        key: VAPIDKey? = APIOfAPerson.key,
        _ test: (APIOfAPerson) async throws -> Void
    ) async throws {
        try await TestDatabase.withClient(.tables) { owner in
            for name in ["Ada", "Bob"] {
                let details = try PersonDetails(firstName: name, lastName: "L", companyName: "C")
                _ = try await PersonStore(client: owner).create(details)
            }
            try await TestDatabase.withClient(of: owner.configuration, as: "uda_webhook") { client in
                try await test(try APIOfAPerson(client, owner, key))
            }
        }
    }
}

/// The routes behind access control.
private struct APIOfAPerson {
    /// Reads everything.
    let client: PostgresClient
    private let api: APIUnderTest
    private static let secret = String(repeating: "5e", count: 32)
    static let box = SecretBox(secret: "a key of the tests")
    static let key = VAPIDKey(pem: TestBrowser.serverKey, subject: "mailto:ops@example.org")

    init(_ client: PostgresClient, _ owner: PostgresClient, _ key: VAPIDKey?) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data(Self.secret.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        var reader = EnvironmentReader(["ACCESS": "enforce", "ACCESS_KEY_FILE": file.path()])
        var router = Router()
        PushRoutes(
            store: PushStore(client: client),
            key: key,
            box: Self.box,
            allowsHTTP: false,
            forbidden: .special
        ).add(to: &router)
        router.guardAccess(
            by: try AccessGuard(
                AccessConfiguration(&reader),
                router.routes,
                describedBy: PackageResources.openapi_json,
                logger: .silent,
                metrics: MetricsRegistry()
            )
        )
        self.client = owner
        api = try APIUnderTest(router, openAPI: PackageResources.openapi_json)
    }

    func send(
        _ method: HTTPMethod,
        _ path: String,
        _ body: String = "",
        by person: Int32? = 1,
        as role: Role = .attendee
    ) async throws -> Answer {
        var headers: HTTPHeaders = ["Content-Type": "application/json"]
        if let person {
            let identity = Identity(subject: "person:\(person)", roles: [role], person: PersonID(rawValue: person))
            headers[HeaderName(IdentityHeader.name)] = IdentityHeader.make(
                identity,
                for: RequestTarget(method: method.rawValue, path: path),
                try ServiceKeys(text: Self.secret),
                now: .now()
            )
        }
        return try await api.send(method, path, headers: headers, body: Array(body.utf8))
    }
}
