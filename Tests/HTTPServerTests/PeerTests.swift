import HTTPServer
import Networking
import Observability
import RESTTestSupport
import Testing

/// Addresses that trusted proxies and other clients claim.
@Suite struct PeerTests {
    private static let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    private static let claims = "X-Request-Id: named\r\ntraceparent: \(trace)\r\nX-Forwarded-For: 192.0.2.7\r\n"

    private static func answer(_ trusted: String, _ fields: String) async throws -> RawClient.Response {
        let ranges = try #require(AddressRanges(trusted))
        var response: RawClient.Response?
        try await withServer {
            $0.trustedProxies = ranges
        } routes: { router in
            router.get("/") { .text("\($0.clientAddress) \($0.trace.traceIDText)") }
        } test: { server in
            response = try await RawClient(server).exchange("GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n")
        }
        return try #require(response)
    }

    @Test func trustsTheClaimOfATrustedProxy() async throws {
        let response = try await Self.answer("127.0.0.1", Self.claims)
        #expect(response["X-Request-Id"] == "named")
        #expect(response.text.hasPrefix("192.0.2.7 "))
        #expect(response.text.contains("4bf92f3577b34da6a3ce929d0e0e4736"))
    }

    @Test func ignoresTheClaimsOfOtherClients() async throws {
        let response = try await Self.answer("none", Self.claims)
        #expect(response["X-Request-Id"] != "named")
        #expect(response.text.hasPrefix("127.0.0.1 "))
        #expect(!response.text.contains("4bf92f3577b34da6a3ce929d0e0e4736"))
    }

    @Test(arguments: [
        ("X-Forwarded-For: 198.51.100.1, 192.0.2.7\r\n", "192.0.2.7"),
        ("X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-For: 192.0.2.7\r\n", "192.0.2.7"),
        ("X-Forwarded-For: 2001:DB8:0::1\r\n", "2001:db8::1"),
        ("X-Forwarded-For: unknown\r\n", "127.0.0.1"), ("X-Forwarded-For: 192.0.2.7,\r\n", "127.0.0.1"),
        ("X-Forwarded-For:\r\n", "127.0.0.1"), ("", "127.0.0.1"),
    ])
    func usesTheAddressThatTheProxyHasSeen(fields: String, address: String) async throws {
        #expect(try await Self.answer("127.0.0.0/8", fields).text.hasPrefix(address + " "))
    }
}
