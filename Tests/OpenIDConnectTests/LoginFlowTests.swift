import Credentials
import HTTPClient
import HTTPServer
import IssuerTestSupport
import Observability
import RESTTestSupport
import Synchronization
import Testing

@testable import OpenIDConnect

@Suite(.timeLimit(.minutes(5))) struct LoginFlowTests {
    private static let redirect = "http://127.0.0.1/callback"

    private func flow(
        _ issuer: TestIssuer,
        secret: String? = TestIssuer.secret,
        now: @escaping @Sendable () -> NumericDate = NumericDate.now
    ) async throws -> LoginFlow {
        let client = WebClient(maximumRequests: 1, timeout: .seconds(100))
        let metadata = try await IssuerMetadata.fetch(of: try #require(EndpointAddress(issuer.name)), by: client)
        return LoginFlow(
            metadata,
            LoginClient(id: TestIssuer.client, secret: secret, redirect: Self.redirect, scopes: ["profile"]),
            keys: KeySource(metadata.keys, logger: .silent, timeout: .seconds(100)),
            timeout: .seconds(100),
            now: now
        )
    }

    /// Follows the browser to the issuer and back.
    private func callback(
        _ issuer: TestIssuer,
        _ address: String,
        changing change: (inout [String: String]) -> Void = { _ in }
    ) async throws -> LoginCallback {
        let query = try QueryParameters(parsing: try await issuer.callback(of: address))
        var fields: [String: String] = [:]
        for name in ["state", "code", "iss"] { fields[name] = query[name] }
        change(&fields)
        return try #require(LoginCallback(state: fields["state"], code: fields["code"], issuer: fields["iss"]))
    }

    @Test(arguments: [TestIssuer.secret, nil])
    func logsIn(secret: String?) async throws {
        try await TestIssuer.withIssuer { issuer in
            let flow = try await flow(issuer, secret: secret)
            let (address, state, pending) = flow.begin(returnTo: .root, maximumAge: 300, asksAgain: true)
            let callback = try await callback(issuer, address)
            #expect(callback.state == state && callback.stateDigest == pending.stateDigest)
            let person = try await flow.complete(pending, callback)
            #expect(person.issuer == issuer.name && person.subject == "alice" && person.name == "Alice Doe")
            #expect(person.authenticationMethods == ["pwd", "otp"] && person.authenticationClass == "2")
            #expect(person.email == nil && !person.isEmailVerified && person.authenticatedAt != nil)
            // A code is good for one login.
            await #expect(throws: LoginFailure.exchange(status: 400)) { try await flow.complete(pending, callback) }
        }
    }

    @Test func asksForWhatTheLoginNeeds() async throws {
        try await TestIssuer.withIssuer { issuer in
            let flow = try await flow(issuer)
            let (address, state, pending) = flow.begin(returnTo: .root)
            let challenge = Base64URL.encode(SHA256Text.digest(pending.verifier))
            #expect(pending.verifier.utf8.count == 43 && state.utf8.count == 43 && pending.nonce.utf8.count == 43)
            #expect(
                address == "\(issuer.name)/authorize?response_type=code&client_id=udaconnect"
                    + "&redirect_uri=http%3A%2F%2F127.0.0.1%2Fcallback&scope=openid%20profile&state=\(state)"
                    + "&nonce=\(pending.nonce)&code_challenge=\(challenge)&code_challenge_method=S256"
            )
            #expect(
                flow.begin(returnTo: .root, maximumAge: 5, asksAgain: true).address.hasSuffix("&max_age=5&prompt=login")
            )
            #expect(flow.begin(returnTo: .root).state != state)
        }
    }

    /// What the issuer claims, and the check that must find it.
    @Test(arguments: [
        (#"{"iss":"https://other.example"}"#, TokenRejection.issuer), (#"{"nonce":"other"}"#, .nonce),
        (#"{"nonce":null}"#, .nonce), (#"{"aud":"other"}"#, .audience), (#"{"aud":["udaconnect","other"]}"#, .client),
        (#"{"azp":"other"}"#, .client), (#"{"exp":1000}"#, .expired), (#"{"at_hash":"AAAA"}"#, .accessTokenHash),
        (#"{"auth_time":null}"#, .authenticationTime), (#"{"auth_time":1000}"#, .authenticationTime),
        (#"{"auth_time":253402300799}"#, .authenticationTime), (#"{"sub":null}"#, .subject), (#"{"email":1}"#, .claims),
    ])
    func refusesFalseIDTokens(claims: String, rejection: TokenRejection) async throws {
        try await TestIssuer.withIssuer { issuer in
            let flow = try await flow(issuer)
            let (address, _, pending) = flow.begin(returnTo: .root, maximumAge: 300)
            let callback = try await callback(issuer, address)
            try await issuer.control(#"{"claims":\#(claims)}"#)
            await #expect(throws: LoginFailure.idToken(rejection)) { try await flow.complete(pending, callback) }
        }
    }

    @Test func acceptsSeveralAudiencesThatNameTheClient() async throws {
        try await TestIssuer.withIssuer { issuer in
            let flow = try await flow(issuer)
            let (address, _, pending) = flow.begin(returnTo: .root)
            let callback = try await callback(issuer, address)
            let claims =
                #"{"aud":["other","udaconnect"],"azp":"udaconnect","at_hash":null,"auth_time":null,"email":"a@b.example"}"#
            try await issuer.control(#"{"claims":\#(claims)}"#)
            #expect(try await flow.complete(pending, callback).email == "a@b.example")
        }
    }

    @Test func refusesCallbacksOfAnotherLogin() async throws {
        try await TestIssuer.withIssuer { issuer in
            let flow = try await flow(issuer)
            let (address, _, pending) = flow.begin(returnTo: .root)
            let changes: [(LoginFailure, (inout [String: String]) -> Void)] = [
                (.state, { $0["state"] = flow.begin(returnTo: .root).state }),
                (.issuer, { $0["iss"] = "https://other.example" }),
                (.issuer, { $0["iss"] = nil }), (.refused, { $0["code"] = nil }), (.refused, { $0["code"] = "" }),
                (.exchange(status: 400), { $0["code"] = "invented" }),
            ]
            for (failure, change) in changes {
                let callback = try await callback(issuer, address, changing: change)
                await #expect(throws: failure) { try await flow.complete(pending, callback) }
            }
            let callback = try await callback(issuer, address)
            let (_, _, other) = flow.begin(returnTo: .root)
            let mixed = PendingLogin(
                stateDigest: pending.stateDigest,
                nonce: pending.nonce,
                verifier: other.verifier,
                returnPath: .root,
                maximumAge: nil,
                begunAt: pending.begunAt
            )
            await #expect(throws: LoginFailure.exchange(status: 400)) { try await flow.complete(mixed, callback) }
        }
    }

    @Test func refusesLateCallbacks() async throws {
        try await TestIssuer.withIssuer { issuer in
            let seconds = Atomic<Int64>(NumericDate.now().seconds)
            let flow = try await flow(issuer) { NumericDate(seconds.load(ordering: .relaxed)) ?? .now() }
            let (address, _, pending) = flow.begin(returnTo: .root)
            let callback = try await callback(issuer, address)
            seconds.wrappingAdd(601, ordering: .relaxed)
            await #expect(throws: LoginFailure.expired) { try await flow.complete(pending, callback) }
        }
    }

    @Test(arguments: [
        (500, LoginFailure.unavailable), (429, .unavailable), (302, .exchange(status: 302)), (200, .answer),
    ])
    func reportsAFailingTokenEndpoint(status: Int, failure: LoginFailure) async throws {
        try await TestIssuer.withIssuer { issuer in
            let flow = try await flow(issuer)
            let (address, _, pending) = flow.begin(returnTo: .root)
            let callback = try await callback(issuer, address)
            try await issuer.control(#"{"status":\#(status)}"#)
            await #expect(throws: failure) { try await flow.complete(pending, callback) }
        }
    }

    @Test func refusesAWrongSecret() async throws {
        try await TestIssuer.withIssuer { issuer in
            let flow = try await flow(issuer, secret: "wrong")
            let (address, _, pending) = flow.begin(returnTo: .root)
            let callback = try await callback(issuer, address)
            await #expect(throws: LoginFailure.exchange(status: 401)) { try await flow.complete(pending, callback) }
            #expect("\(LoginClient(id: "a", secret: "b", redirect: "c"))" == "a")
        }
    }
}
