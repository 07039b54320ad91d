import Access
import Credentials
import HTTPServer
import Models
import OpenIDConnect
import Persistence
import RESTTestSupport
import TestSupport
import Testing

@testable import AccessService

@Suite(.timeLimit(.minutes(10))) struct LoginRoutesTests {
    private func login(path: String = "/people?x=1") throws -> PendingLogin {
        PendingLogin(
            stateDigest: PendingLogin.digest(ofState: "state"),
            nonce: "nonce",
            verifier: "verifier",
            returnPath: try #require(LocalPath(path)),
            maximumAge: 300,
            begunAt: .now()
        )
    }

    @Test func keepsALoginInTheBrowser() throws {
        let (cookie, login) = (PendingLoginCookie(isSecure: true), try login())
        let field = cookie.field(login)
        #expect(field.hasPrefix("__Host-uda-login="))
        #expect(field.hasSuffix("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure"))
        let pair = String(field.prefix { $0 != ";" })
        #expect(cookie.login(in: ["Cookie": "a=b; \(pair)"]) == login)
        #expect(cookie.login(in: ["Cookie": "\(pair); \(pair)"]) == nil)
        #expect(cookie.login(in: ["Cookie": "\(pair.dropLast(3))"]) == nil)
        #expect(cookie.login(in: [:]) == nil)
        #expect(cookie.field(nil).hasPrefix("__Host-uda-login=; Path=/; Max-Age=0;"))
    }

    @Test func hasNoLoginWithoutAnIssuer() async throws {
        try await withReplicas { replicas in
            #expect(try await replicas[0].send(.get, "/api/login").status == 404)
            #expect(try await replicas[0].send(.get, "/api/login/callback?state=x").status == 404)
            let answer = try await replicas[0].send(.get, "/api/login?return=//evil.example")
            #expect(try answer.errors["return"] != nil)
        }
    }

    /// The code of a claim, used in the browser of an issuer's login, connects both.
    @Test func connectsAnIdentityWithAPerson() async throws {
        try await withReplicas { replicas in
            let replica = replicas[0]
            let identities = IdentityStore(client: replica.client)
            let first = try await identities.find(issuer: "https://issuer.example", subject: "a")
            #expect(first.person == nil)
            #expect(try await identities.find(issuer: "https://issuer.example", subject: "a") == first)
            #expect(try await identities.find(issuer: "https://other.example", subject: "a").id != first.id)
            let token = SessionCookie.randomToken()
            _ = try await SessionStore(client: replica.client)
                .logIn(first.subject, person: nil, .init(of: token), authenticatedAt: .now())
            let fields: HTTPHeaders = ["Cookie": "__Host-uda=\(token)"]
            let stranger = try await replica.send(.get, "/api/session", fields)
            #expect(stranger.status == 200)
            #expect(stranger.text.hasPrefix(#"{"subject":"\#(first.subject)","roles":[],"events":[]"#))
            #expect(stranger.text.contains(#""expires_at""#))
            #expect(try await replica.send(.get, "/api/persons/1", fields).status == 401)
            let code = ClaimCode.random()
            let person = try #require(PersonID(rawValue: 1))
            _ = try await ClaimStore(client: replica.client).create(code.digest, for: person, .login, by: "test")
            let body = #"{"code": "\#(code.text)"}"#
            #expect(try await replica.send(.post, "/api/session", fields, body: body).status == 200)
            let connected = try await identities.find(issuer: "https://issuer.example", subject: "a")
            #expect(connected.id == first.id)
            #expect(connected.subject == "person:1")
        }
    }

    @Test func endsALoginWithoutAPerson() async throws {
        try await withReplicas { replicas in
            let replica = replicas[0]
            let identity = try await IdentityStore(client: replica.client)
                .find(issuer: "https://i.example", subject: "b")
            let token = SessionCookie.randomToken()
            _ = try await SessionStore(client: replica.client)
                .logIn(identity.subject, person: nil, .init(of: token), authenticatedAt: .now())
            let fields: HTTPHeaders = ["Cookie": "__Host-uda=\(token)", "Sec-Fetch-Site": "same-origin"]
            #expect(try await replica.send(.delete, "/api/session", fields).status == 204)
            try await eventually { try await replica.send(.get, "/api/session", fields).status == 401 }
            #expect(try await replica.send(.get, "/api/session").status == 401)
        }
    }
}
