import IssuerTestSupport
import Observability
import RESTTestSupport
import Synchronization
import Testing

@testable import OpenIDConnect

@Suite(.timeLimit(.minutes(5))) struct KeySourceTests {
    private let clock = TestClock()

    private func source(_ issuer: TestIssuer, timeout: Duration = .seconds(100)) throws -> KeySource {
        let address = try #require(EndpointAddress("\(issuer.name)/jwks"))
        return KeySource(address, logger: .silent, timeout: timeout) { [clock] in clock.now }
    }

    private func header(_ issuer: TestIssuer, _ algorithm: String = "RS256") async throws -> TokenHeader {
        let token = try await issuer.sign(algorithm, header: #"{"typ":"at+jwt"}"#, claims: "{}")
        return try TokenText(token, of: .access, Set(TokenAlgorithm.allCases)).header
    }

    private func header(kid: String) throws -> TokenHeader {
        try TokenHeader(Array(Forge.header("RS256", kid: kid).utf8), of: .access, [.rs256])
    }

    @Test(arguments: TokenAlgorithm.allCases)
    func acceptsTokensOfAnIndependentMaker(algorithm: TokenAlgorithm) async throws {
        try await TestIssuer.withIssuer { issuer in
            let verifier = TokenVerifier(algorithms: [algorithm], keys: try source(issuer)) { Forge.time }
            let rules = AccessTokenRules(issuer: Forge.issuer, audience: Forge.audience)
            let header = #"{"typ":"at+jwt"}"#
            let token = try await issuer.sign(algorithm.rawValue, header: header, claims: Forge.claims())
            #expect(try await verifier.check(token, by: rules).subject == "alice")
            let other = try await issuer.sign(
                algorithm.rawValue,
                header: header,
                claims: Forge.claims(["aud": #""x""#])
            )
            await #expect(throws: TokenFailure.rejected(.audience)) { try await verifier.check(other, by: rules) }
        }
    }

    @Test func fetchesOnceForAllCallers() async throws {
        try await TestIssuer.withIssuer { issuer in
            try await issuer.control(#"{"stall":0.2}"#)
            let (source, header) = (try source(issuer), try await header(issuer))
            try await withThrowingTaskGroup { group in
                for _ in 0..<50 { group.addTask { _ = try await source.key(of: header) } }
                try await group.waitForAll()
            }
            #expect(try await issuer.fetches() == 1)
        }
    }

    @Test func fetchesAheadAtHalfOfTheLifetime() async throws {
        try await TestIssuer.withIssuer { issuer in
            try await issuer.control(#"{"maxAge":1000}"#)
            let source = try source(issuer)
            await source.refresh()
            clock.advance(by: .seconds(499))
            await source.refresh()
            #expect(try await issuer.fetches() == 1)
            clock.advance(by: .seconds(1))
            await source.refresh()
            #expect(try await issuer.fetches() == 2)
        }
    }

    @Test func findsRotatedKeysAtOnce() async throws {
        try await TestIssuer.withIssuer { issuer in
            let (source, old) = (try source(issuer), try await header(issuer))
            _ = try await source.key(of: old)
            try await issuer.control(#"{"rotate":true}"#)
            clock.advance(by: .seconds(30))
            _ = try await source.key(of: try await header(issuer))
            #expect(try await issuer.fetches() == 2)
            await #expect(throws: TokenFailure.rejected(.unknownKey)) { try await source.key(of: old) }
        }
    }

    @Test func floodsOfUnknownKeysFetchOnceInThirtySeconds() async throws {
        try await TestIssuer.withIssuer { issuer in
            let source = try source(issuer)
            for second in 0..<60 {
                for number in 0..<5 {
                    let header = try header(kid: "invented-\(second)-\(number)")
                    await #expect(throws: TokenFailure.rejected(.unknownKey)) { try await source.key(of: header) }
                }
                clock.advance(by: .seconds(1))
            }
            #expect(try await issuer.fetches() == 2)
        }
    }

    @Test(arguments: [#"{"status":500}"#, #"{"status":302}"#, #"{"status":404}"#])
    func keepsKeysForADayWhileTheIssuerFails(behaviour: String) async throws {
        try await TestIssuer.withIssuer { issuer in
            let (source, header) = (try source(issuer), try await header(issuer))
            _ = try await source.key(of: header)
            try await issuer.control(behaviour)
            for _ in 0..<23 {
                clock.advance(by: .seconds(3_600))
                _ = try await source.key(of: header)
            }
            // Whether a new key exists is unknown.
            let unknown = try self.header(kid: "new")
            await #expect(throws: TokenFailure.unavailable) { try await source.key(of: unknown) }
            clock.advance(by: .seconds(3_600))
            await #expect(throws: TokenFailure.unavailable) { try await source.key(of: header) }
            #expect(!source.hasKeys)
            try await issuer.control("{}")
            clock.advance(by: .seconds(2))
            _ = try await source.key(of: header)
            #expect(source.hasKeys)
        }
    }

    @Test func isUnavailableWithoutAnyKeys() async throws {
        try await TestIssuer.withIssuer { issuer in
            try await issuer.control(#"{"status":503}"#)
            let (source, header) = (try source(issuer), try await header(issuer))
            for _ in 0..<20 {
                await #expect(throws: TokenFailure.unavailable) { try await source.key(of: header) }
            }
            #expect(try await issuer.fetches() == 1)
        }
    }

    @Test func doesNotWaitForAStallingIssuer() async throws {
        try await TestIssuer.withIssuer { issuer in
            let header = try await header(issuer)
            try await issuer.control(#"{"stall":200}"#)
            let source = try source(issuer, timeout: .milliseconds(100))
            await #expect(throws: TokenFailure.unavailable) { try await source.key(of: header) }
        }
    }

    @Test(arguments: [
        (nil, nil), ("no-store", nil), ("max-age=600", 600), ("public, Max-Age=600, must-revalidate", 600),
        ("max-age=-1", nil), ("max-age=1.5", nil), ("s-maxage=9", nil), ("max-age=99999999999", nil), ("max-age", nil),
    ])
    func readsMaxAge(header: String?, seconds: Int64?) {
        #expect(KeySource.lifetime(header) == seconds.map { .seconds($0) })
    }

    @Test(arguments: [(nil, 300), (1, 300), (300, 300), (4_000, 4_000), (1_000_000, 86_400)])
    func boundsTheLifetime(maximumAge: Int64?, seconds: Int64) throws {
        var cache = KeyCache()
        let keys = try SigningKeys(Array(Forge.shared.keySet.utf8))
        let begins = cache.begin(at: 0)
        #expect(begins)
        cache.succeed(keys, for: maximumAge.map { .seconds($0) }, at: 0)
        #expect(!cache.isStale(at: seconds * 1_000_000_000 - 1))
        #expect(cache.isStale(at: seconds * 1_000_000_000))
    }
}

/// A clock that the test advances.
final class TestClock: Sendable {
    private let nanoseconds = Atomic<Int64>(1)

    var now: Int64 { nanoseconds.load(ordering: .relaxed) }

    func advance(by duration: Duration) {
        nanoseconds.wrappingAdd(duration.components.seconds * 1_000_000_000, ordering: .relaxed)
    }
}
