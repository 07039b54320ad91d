import Access
import Credentials
import HTTPServer
import Models
import Persistence
import Postgres
import RESTTestSupport
import TestSupport
import Testing

@testable import AccessService

@Suite(.timeLimit(.minutes(10))) struct SessionRoutesTests {
    @Test func logsInOnceByAClaim() async throws {
        try await withReplicas { replicas in
            let replica = replicas[0]
            let code = ClaimCode.random()
            let person = try #require(PersonID(rawValue: 1))
            _ = try await ClaimStore(client: replica.client).create(code.digest, for: person, .login, by: "test")
            let spelled = "\(code.text.prefix(13).uppercased())-\(code.text.dropFirst(13)) "
            let answer = try await replica.send(.post, "/api/session", body: #"{"code": "\#(spelled)"}"#)
            #expect(answer.status == 200)
            #expect(try answer.json["subject"]?.string == "person:1")
            let cookie = try #require(answer.headers["Set-Cookie"])
            #expect(cookie.hasPrefix("__Host-uda="))
            #expect(cookie.hasSuffix("; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax; Secure"))
            let again = try await replica.send(.post, "/api/session", body: #"{"code": "\#(code.text)"}"#)
            #expect(again.status == 422)
            let me = try await replica.send(.get, "/api/session", ["Cookie": String(cookie.prefix { $0 != ";" })])
            #expect(try me.json["roles"]?.elements?.compactMap(\.string) == ["attendee"])
            #expect(try me.json["expires_at"]?.string == answer.json["expires_at"]?.string)
        }
    }

    @Test func limitsWrongCodes() async throws {
        try await withReplicas { replicas in
            for number in 0..<11 {
                let answer = try await replicas[0].send(
                    .post,
                    "/api/session",
                    body: #"{"code": "\#(ClaimCode.random().text)"}"#
                )
                #expect(answer.status == (number < 10 ? 422 : 429))
            }
        }
    }

    @Test func namesInvalidFields() async throws {
        try await withReplicas { replicas in
            for (body, place) in [("{}", "/code"), (#"{"code": 7}"#, "/code"), (#"{"kode": ""}"#, "/kode"), ("[]", "")]
            {
                let answer = try await replicas[0].send(.post, "/api/session", body: body)
                #expect(answer.status == 400)
                #expect(try answer.errors[place] != nil, "\(body)")
            }
        }
    }

    @Test func createsClaimsForOrganisersWithAPurposeAndForOneself() async throws {
        try await withReplicas { replicas in
            let replica = replicas[0]
            let attendee = try await replica.logIn(1)
            let own = try await replica.send(.post, "/api/persons/1/claims", attendee, body: #"{"kind": "phone"}"#)
            #expect(own.status == 201)
            #expect(try await replica.send(.post, "/api/persons/2/claims", attendee).status == 404)
            var organiser = try await replica.logIn(2, [GrantedRole(role: .organiser, event: nil)])
            #expect(try await replica.send(.post, "/api/persons/1/claims", organiser).status == 403)
            organiser["Access-Purpose"] = "New phone at the desk"
            let answer = try await replica.send(.post, "/api/persons/1/claims", organiser)
            #expect(answer.status == 201)
            let code = try #require(try answer.json["code"]?.string)
            #expect(try await replica.send(.post, "/api/session", body: #"{"code": "\#(code)"}"#).status == 200)
            #expect(try await replica.send(.post, "/api/persons/9/claims", organiser).status == 404)
            let phone = try await replica.send(.post, "/api/persons/1/claims", organiser, body: #"{"kind": "phone"}"#)
            let phoneCode = try #require(try phone.json["code"]?.string)
            // A code for a phone logs no one in.
            #expect(try await replica.send(.post, "/api/session", body: #"{"code": "\#(phoneCode)"}"#).status == 422)
        }
    }

    @Test func endsSessions() async throws {
        try await withReplicas { replicas in
            let replica = replicas[0]
            let (first, second) = (try await replica.logIn(1), try await replica.logIn(1))
            let answer = try await replica.send(.delete, "/api/session", first)
            #expect(answer.status == 204)
            #expect(answer.headers["Set-Cookie"]?.hasPrefix("__Host-uda=; Path=/; Max-Age=0") == true)
            try await eventually { try await replica.send(.get, "/api/session", first).status == 401 }
            #expect(try await replica.send(.get, "/api/session", second).status == 200)
            let third = try await replica.logIn(1)
            #expect(try await replica.send(.delete, "/api/session?everywhere=true", second).status == 204)
            try await eventually { try await replica.send(.get, "/api/session", third).status == 401 }
        }
    }
}
