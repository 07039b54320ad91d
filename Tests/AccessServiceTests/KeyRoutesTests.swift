import Access
import HTTPServer
import Models
import Persistence
import RESTTestSupport
import TestSupport
import Testing

@testable import AccessService

@Suite(.timeLimit(.minutes(10))) struct KeyRoutesTests {
    @Test func createsListsRotatesAndRevokes() async throws {
        try await withReplicas { replicas in
            let replica = replicas[0]
            let organiser = try await replica.logIn(1, [GrantedRole(role: .organiser, event: .standard)])
            let body =
                #"{"name": "Badge printer", "scopes": ["persons.read"], "events": [1], "days": 30, "daily_limit": 5}"#
            let created = try await replica.send(.post, "/api/keys", organiser, body: body)
            #expect(created.status == 201)
            let text = try #require(try created.json["key"]?.string)
            let key = try #require(APIKeyText(text))
            let listed = try await replica.send(.get, "/api/keys", organiser)
            #expect(try listed.json.elements?.compactMap { $0["id"]?.string } == [key.id.text])
            #expect(!listed.text.contains(text))

            #expect(try await replica.send(.get, "/api/session", bearer(key)).status == 200)
            let rotated = try await replica.send(.post, "/api/keys/\(key.id.text)/rotate", bearer(key))
            #expect(rotated.status == 201)
            let new = try #require(try rotated.json["key"]?.string.flatMap { APIKeyText($0) })
            #expect(try await replica.send(.get, "/api/session", bearer(new)).status == 200)
            #expect(try await replica.send(.get, "/api/session", bearer(key)).status == 200)
            // Not its own.
            #expect(try await replica.send(.post, "/api/keys/\(key.id.text)/rotate", bearer(new)).status == 404)

            #expect(try await replica.send(.delete, "/api/keys/\(new.id.text)", organiser).status == 204)
            try await eventually { try await replica.send(.get, "/api/session", bearer(new)).status == 401 }
            #expect(try await replica.send(.delete, "/api/keys/\(new.id.text)", organiser).status == 404)
        }
    }

    /// A rotated key uses the account of the first one.
    @Test func limitsTheUnitsOfADay() async throws {
        try await withReplicas(2) { replicas in
            let keys = APIKeyStore(client: replicas[0].client)
            let (first, second) = (APIKeyText.random(), APIKeyText.random())
            let expiry = APIKey.Details.expiry(afterDays: 1)
            var details = APIKey.Details(name: "x", expiresAt: expiry)
            details.scopes = ["persons.read"]
            details.dailyLimit = 6
            _ = try #require(try await keys.create(first, details, by: "test"))
            _ = try #require(try await keys.rotate(first.id, to: second, expiresAt: expiry, by: "test"))
            var (passed, refused) = (0, [Answer]())
            for number in 0..<10 {
                let key = bearer(number % 2 == 0 ? first : second)
                let answer = try await replicas[number % 2].ask(.get, "/api/persons/1", key)
                if answer.status == 204 { passed += 1 } else { refused.append(answer) }
            }
            #expect(passed == 6)
            let answer = try #require(refused.first)
            #expect(answer.status == 403)
            #expect(answer.headers["Access-Status"] == "429")
            #expect(answer.headers["RateLimit"]?.hasPrefix("\"daily\";r=0;t=") == true)
            let day = CalendarDate.microsecondsPerDay / 1_000_000
            #expect(answer.headers["RateLimit-Policy"] == "\"daily\";q=6;w=\(day), \"burst\";q=200;w=1")
            #expect(Int(answer.headers["Retry-After"] ?? "") ?? 0 > 0)
        }
    }

    @Test func limitsOrganisersToTheirEvents() async throws {
        try await withReplicas { replicas in
            let replica = replicas[0]
            let all = try await replica.logIn(1, [GrantedRole(role: .organiser, event: nil)])
            let some = try await replica.logIn(2, [GrantedRole(role: .organiser, event: .standard)])
            let created = try await replica.send(.post, "/api/keys", all, body: #"{"name": "Everything"}"#)
            let id = try #require(try created.json["id"]?.string)
            #expect(try await replica.send(.get, "/api/keys", some).text == "[]")
            #expect(try await replica.send(.delete, "/api/keys/\(id)", some).status == 404)
            let answer = try await replica.send(.post, "/api/keys", some, body: #"{"name": "x"}"#)
            #expect(try answer.errors == ["/events": ["Expected one or more of your own events."]])
            #expect(try await replica.send(.get, "/api/keys", try await replica.logIn(1)).status == 200)
        }
    }

    @Test func namesEachInvalidField() async throws {
        try await withReplicas { replicas in
            let organiser = try await replicas[0].logIn(1, [GrantedRole(role: .organiser, event: nil)])
            let body = #"""
                {"name": "", "scopes": ["all"], "events": ["1"], "networks": ["10.0.0.0/8,::1"], "daily_limit": 0.5,
                 "days": 366, "color": "red"}
                """#
            let answer = try await replicas[0].send(.post, "/api/keys", organiser, body: body)
            #expect(answer.status == 400)
            #expect(
                try Set(answer.errors.keys) == [
                    "/name", "/scopes", "/events", "/networks", "/daily_limit", "/days", "/color",
                ]
            )
            // The same event, too often.
            let events = Array(repeating: "1", count: 1_001).joined(separator: ",")
            let long = #"{"name": "x", "events": [\#(events)]}"#
            let refusal = try await replicas[0].send(.post, "/api/keys", organiser, body: long)
            #expect(try refusal.errors == ["/events": ["Expected at most 1000 elements."]])
        }
    }
}
