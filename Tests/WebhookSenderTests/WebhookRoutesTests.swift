import Access
import Credentials
import HTTPServer
import Models
import Networking
import Postgres
import RESTTestSupport
import TestSupport
import Testing

@testable import Persistence
@testable import WebhookSender

@Suite struct WebhookRoutesTests {
    private static let body = """
        {"name": "Printer", "url": "https://example.org/hook", "types": ["meeting.ended", "person.erased"], "events": [1]}
        """

    @Test func describesEachRoute() async throws {
        try await withAPI { api, _ in #expect(api.operations == api.description.operations) }
    }

    @Test func createsReadsReplacesAndRemoves() async throws {
        try await withAPI { api, _ in
            let created = try await api.send(.post, "/api/webhooks", body: Self.body)
            #expect(created.status == 201)
            let id = try #require(try created.json["id"]?.string)
            #expect(created.headers["Location"] == "/api/webhooks/\(id)")
            #expect(try created.json["secret"]?.string?.hasPrefix("whsec_") == true)
            let read = try await api.send(.get, "/api/webhooks/\(id)")
            #expect(try read.status == 200 && read.json["secret"] == nil && read.json["ordered"] == .boolean(false))
            let other = Self.body.replacing("Printer", with: "Wall").replacing("}", with: #", "ordered": true}"#)
            let replaced = try await api.send(.put, "/api/webhooks/\(id)", body: other)
            #expect(try replaced.status == 200 && replaced.json["name"]?.string == "Wall")
            #expect(try await api.send(.get, "/api/webhooks").json.elements?.count == 1)
            #expect(try await api.send(.delete, "/api/webhooks/\(id)").status == 204)
            #expect(try await api.send(.get, "/api/webhooks/\(id)").status == 404)
            #expect(try await api.send(.put, "/api/webhooks/\(id)", body: Self.body).status == 404)
        }
    }

    @Test func rotatesTheSecret() async throws {
        try await withAPI { api, _ in
            let created = try await api.send(.post, "/api/webhooks", body: Self.body)
            let id = try #require(try created.json["id"]?.string)
            let rotated = try await api.send(.post, "/api/webhooks/\(id)/rotate")
            #expect(try rotated.status == 200 && rotated.json["secret"] != created.json["secret"])
            #expect(try rotated.json["previous_secret_until"] != nil)
        }
    }

    @Test func listsAndReplaysDeliveries() async throws {
        try await withAPI { api, client in
            let created = try await api.send(.post, "/api/webhooks", body: Self.body)
            let id = try #require(try created.json["id"]?.string)
            #expect(try await api.send(.post, "/api/webhooks/\(id)/ping").status == 202)
            #expect(try await api.send(.post, "/api/webhooks/\(id)/ping").status == 202)
            let page = try await api.send(.get, "/api/webhooks/\(id)/deliveries?limit=1")
            #expect(try page.json.elements?.count == 1 && page.headers["Link"] != nil)
            let number = try #require(try page.json.elements?.first?["id"]?.number)
            let path = "/api/webhooks/\(id)/deliveries/\(Int(number))/replay"
            #expect(try await api.send(.post, path).status == 404)
            for _ in 0..<2 {
                try await DeliveryStore(client: client).unpack(limit: 1, of: 1)
                try await client.execute(
                    "UPDATE webhook_delivery SET state = 'dead', finished_at = now(), error = 'failed'"
                )
            }
            let dead = try await api.send(.get, "/api/webhooks/\(id)/deliveries?state=dead")
            #expect(try dead.json.elements?.count == 2)
            #expect(try await api.send(.post, path).status == 202)
            #expect(try await api.send(.post, "/api/webhooks/\(id)/replay").json["count"] == .number(1))
        }
    }

    @Test func namesEachInvalidMember() async throws {
        try await withAPI { api, _ in
            let answer = try await api.send(
                .post,
                "/api/webhooks",
                body: """
                    {"name": "", "url": "https://127.0.0.1/", "types": ["webhook.ping"], "events": [0], "zones": ["x"],
                    "persons": 7, "ordered": 1, "other": null}
                    """
            )
            #expect(answer.status == 400)
            let members = ["/events", "/name", "/ordered", "/other", "/persons", "/types", "/url", "/zones"]
            #expect(try answer.errors.keys.sorted() == members)
            let missing = try await api.send(.post, "/api/webhooks", body: "{}")
            #expect(try missing.errors.keys.sorted() == ["/name", "/types", "/url"])
            #expect(try await api.send(.post, "/api/webhooks", body: "[]").status == 400)
            // The same event, too often.
            let ones = Array(repeating: "1", count: 1_001).joined(separator: ",")
            let long = Self.body.replacing("[1]", with: "[\(ones)]")
            #expect(try await api.send(.post, "/api/webhooks", body: long).errors.keys.sorted() == ["/events"])
            #expect(try await api.send(.get, "/api/webhooks/x").status == 400)
            #expect(try await api.send(.get, "/api/webhooks?after=x").status == 400)
        }
    }

    @Test func showsAnIdentityOnlyWebhooksOfItsEvents() async throws {
        try await withAPI { api, client in
            let created = try await api.send(.post, "/api/webhooks", body: Self.body)
            let id = try #require(try created.json["id"]?.string)
            let webhooks = WebhookStore(client: client)
            #expect(try await webhooks.webhooks(after: nil, limit: 9, of: [EventID(stored: 2)]).isEmpty)
            let own = try await webhooks.webhooks(after: nil, limit: 9, of: [EventID(stored: 1), EventID(stored: 2)])
            #expect(own.map(\.id) == [id])
        }
    }

    @Test func limitsTheBodyToEventsOfTheIdentity() throws {
        func details(_ events: String) throws -> Webhook.Details {
            let text = Self.body.replacing("[1]", with: events)
            return try Webhook.Details(json: Array(text.utf8), events: [EventID(stored: 1)]) {
                EndpointAddress($0, allowsHTTP: false, forbidden: .special)
            }
        }
        #expect(try details("[1]").events == [EventID(stored: 1)])
        for events in ["[]", "[2]", "[1, 2]"] {
            let error = #expect(throws: FieldErrors.self) { try details(events) }
            #expect(error?.entries.map(\.field) == ["events"])
        }
    }
}

private func withAPI(_ test: (APIUnderTest, PostgresClient) async throws -> Void) async throws {
    try await TestDatabase.withClient(.tables) { owner in
        try await TestDatabase.withClient(of: owner.configuration, as: "uda_webhook") { client in
            var router = Router()
            WebhookRoutes(
                webhooks: WebhookStore(client: client),
                deliveries: DeliveryStore(client: client),
                box: SecretBox(secret: "a key of the tests"),
                allowsHTTP: false,
                forbidden: .special
            ).add(to: &router)
            PushRoutes(
                store: PushStore(client: client),
                key: nil,
                box: SecretBox(secret: "a key of the tests"),
                allowsHTTP: false,
                forbidden: .special
            ).add(to: &router)
            try await test(try APIUnderTest(router, openAPI: PackageResources.openapi_json), owner)
        }
    }
}
