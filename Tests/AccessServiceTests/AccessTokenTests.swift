import Access
import HTTPServer
import IssuerTestSupport
import Models
import Observability
import OpenIDConnect
import RESTTestSupport
import Testing

@testable import AccessService

/// Access tokens of programs; what is checked of a token itself is tested with OpenIDConnect.
@Suite(.timeLimit(.minutes(10))) struct AccessTokenTests {
    private static let audience = "https://uda.example/api"

    /// Calls `body` with decisions that accept tokens of an issuer whose keys are known.
    private func withIssuer(
        audience: String? = audience,
        _ body: (TestIssuer, Decider, LoginIssuer) async throws -> Void
    ) async throws {
        try await TestIssuer.withIssuer { issuer in
            let registration = LoginIssuer.Registration(
                issuer: try #require(EndpointAddress(issuer.name)),
                client: LoginClient(id: TestIssuer.client, secret: nil, redirect: "https://uda.example/callback"),
                audience: audience
            )
            let login = LoginIssuer(registration, logger: .silent)
            try await login.discover()
            try await body(issuer, try Decider(tokens: audience == nil ? nil : login), login)
        }
    }

    /// A token of a program, with some claims replaced.
    private func token(
        _ issuer: TestIssuer,
        _ algorithm: String = "RS256",
        type: String = "at+jwt",
        changing changes: [String: String] = [:]
    ) async throws -> String {
        let now = Timestamp.now().microseconds / 1_000_000
        var claims = [
            "iss": "\"\(issuer.name)\"", "aud": "\"\(Self.audience)\"", "sub": "\"badges\"", "client_id": "\"badges\"",
            "scope": "\"persons.read other\"", "jti": "\"1\"", "iat": "\(now)", "exp": "\(now + 300)",
        ]
        claims.merge(changes) { $1 }
        let json = claims.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ")
        return try await issuer.sign(algorithm, header: #"{"typ": "\#(type)"}"#, claims: "{\(json)}")
    }

    private func outcome(_ decider: Decider, _ token: String) async throws -> String {
        try await decider.outcome("GET", "/api/persons", ["Authorization": "Bearer \(token)"])
    }

    @Test func letsProgramsInByTheirScopes() async throws {
        try await withIssuer { issuer, decider, _ in
            for algorithm in ["RS256", "ES256"] {
                let fields: HTTPHeaders = ["Authorization": "Bearer \(try await token(issuer, algorithm))"]
                let answer = try await decider.ask("GET", "/api/persons", fields)
                let identity = try #require(try decider.identity(answer, "GET", "/api/persons"))
                #expect(identity.subject == "client:badges")
                #expect(identity.roles == [.client])
                #expect(identity.scopes == ["persons.read", "other"])
                #expect(identity.person == nil)
                #expect(answer.headers["RateLimit"] != nil)
            }
            // The issuer does not say that it uses this algorithm.
            #expect(try await outcome(decider, token(issuer, "PS256")) == "401 unknown")
        }
    }

    @Test func refusesTokensOfOthers() async throws {
        try await withIssuer { issuer, decider, _ in
            let wrong: [[String: String]] = [
                ["aud": "\"\(TestIssuer.client)\""], ["iss": "\"https://evil.example\""], ["exp": "1000"],
                // Of a person, of a program without a name, and of one with a name that limits cannot have.
                ["sub": "\"alice\""], ["client_id": "null"],
                ["sub": "\"a b\"", "client_id": "\"a b\""],
                [
                    "sub": "\"\(String(repeating: "x", count: 65))\"",
                    "client_id": "\"\(String(repeating: "x", count: 65))\"",
                ],
            ]
            for changes in wrong {
                #expect(try await outcome(decider, token(issuer, changing: changes)) == "401 unknown", "\(changes)")
            }
            #expect(try await outcome(decider, token(issuer, type: "JWT")) == "401 unknown")
            let valid = try await token(issuer)
            #expect(try await outcome(decider, "\(valid.dropLast(4))AAAA") == "401 unknown")
            // Ten wrong credentials within a minute are enough; these were nine.
            #expect(try await outcome(decider, valid) == "204 client:badges")
            #expect(try await outcome(decider, "a.b.c") == "401 unknown")
            #expect(try await outcome(decider, valid) == "429 too_many")
        }
    }

    @Test func undecidedWithoutTheKeysOfTheIssuer() async throws {
        try await withIssuer { issuer, decider, _ in
            try await issuer.control(#"{"status": 500}"#)
            #expect(try await outcome(decider, token(issuer)) == "503 unavailable")
            try await issuer.control("{}")
            let key = decider.credentials.addKey(scopes: ["persons.read"])
            #expect(try await outcome(decider, key.text) == "204 key:\(key.id.text)")
        }
    }

    @Test func acceptsNoTokensWithoutAnAudience() async throws {
        try await withIssuer(audience: nil) { issuer, decider, login in
            let valid = try await token(issuer)
            #expect(try await outcome(decider, valid) == "401 malformed")
            await #expect(throws: TokenFailure.unavailable) { try await login.check(valid) }
        }
    }
}
