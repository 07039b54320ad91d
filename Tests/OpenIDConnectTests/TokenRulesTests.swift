import Testing

@testable import OpenIDConnect

/// The last values that are accepted; ``TokenAttackTests`` has the first ones that are not.
@Suite struct TokenRulesTests {
    private static let now = Forge.now

    @Test(
        arguments: [
            ["exp": "\(now - 29)"], ["exp": "253402300799"], ["nbf": "\(now + 30)"], ["nbf": "0"],
            ["iat": "\(now + 30)"],
            ["iat": "\(now - 86_400)"], ["aud": #"["other","\#(Forge.audience)"]"#],
            ["sub": "\"\(String(repeating: "x", count: 255))\""],
            ["azp": #""app""#], ["client_id": nil, "azp": #""app""#], ["unknown": #"{"exp":"x"}"#], ["nonce": #""x""#],
        ] as [[String: String?]]
    )
    func acceptsEdges(changes: [String: String?]) async throws {
        let token = Forge.shared.rs(Forge.header("RS256", kid: "any"), Forge.claims(changes))
        let accepted = try await Forge.shared.check(token)
        #expect(accepted.client == "app" && accepted.scopes.isEmpty)
    }

    @Test(arguments: ["at+jwt", "AT+JWT", "application/at+jwt"])
    func acceptsSpellingsOfTheType(type: String) async throws {
        let token = Forge.shared.rs(#"{"alg":"RS256","typ":"\#(type)","kid":"any","x5t":"x"}"#)
        _ = try await Forge.shared.check(token)
    }

    @Test func readsScopesAndTimes() async throws {
        let claims = Forge.claims(["scope": #""persons.read  locations.write""#, "auth_time": "\(Self.now - 60)"])
        let token = try await Forge.shared.check(Forge.shared.rs(Forge.header("RS256", kid: "any"), claims))
        #expect(token.scopes == ["persons.read", "locations.write"])
        #expect(token.authenticatedAt?.seconds == Self.now - 60 && token.issuedAt.seconds == Self.now)
        #expect(token.expiry.seconds == Self.now + 300)
    }

    @Test func refusesAlgorithmsThatTheIssuerDoesNotUse() async throws {
        let keys = try SigningKeys(Array(Forge.shared.keySet.utf8))
        let verifier = TokenVerifier(algorithms: [.es256], keys: keys) { Forge.time }
        let rules = AccessTokenRules(issuer: Forge.issuer, audience: Forge.audience)
        let token = Forge.shared.rs()
        await #expect(throws: TokenFailure.rejected(.algorithm)) { try await verifier.check(token, by: rules) }
        _ = try await verifier.check(Forge.shared.es(), by: rules)
    }

    @Test func refusesAccessTokensAsIDTokens() async throws {
        let keys = try SigningKeys(Array(Forge.shared.keySet.utf8))
        let verifier = TokenVerifier(algorithms: [.rs256], keys: keys) { Forge.time }
        let rules = IDTokenRules(
            issuer: Forge.issuer,
            client: Forge.audience,
            nonce: "n",
            maximumAge: nil,
            accessToken: nil
        )
        let claims = Forge.claims(["nonce": #""n""#])
        let access = Forge.shared.rs(Forge.header("RS256", kid: "any"), claims)
        await #expect(throws: TokenFailure.rejected(.type)) { try await verifier.check(access, by: rules) }
        for header in [#"{"alg":"RS256","kid":"any"}"#, #"{"alg":"RS256","typ":"JWT","kid":"any"}"#] {
            #expect(try await verifier.check(Forge.shared.rs(header, claims), by: rules).subject == "alice")
        }
    }

    /// OpenID Connect Core 1.0, appendix A.3.
    @Test func hashesAccessTokens() {
        #expect(IDTokenRules.hash(of: "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y") == "77QmUPtjPfzWtF2AnpK9RQ")
    }

    @Test func timesAreBounded() {
        #expect(NumericDate(-1) == nil && NumericDate(253_402_300_800) == nil && NumericDate(.max) == nil)
        #expect(NumericDate(5).flatMap { later in NumericDate(2).map { later.seconds(since: $0) } } == 3)
    }
}
