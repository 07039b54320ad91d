import Observability
import RESTTestSupport
import Synchronization
import Testing

@testable import HTTPServer

@Suite(.timeLimit(.minutes(10))) struct StandardEndpointsTests {
    private let description = Array(#"{"openapi":"3.1.0","info":{"title":"Test","version":"1"},"paths":{}}"#.utf8)

    @Test func answersProbesAndDescriptions() async throws {
        let metrics = MetricsRegistry()
        try await withServer(metrics: metrics) { router in
            router.addStandardEndpoints(metrics: metrics, openAPI: description) {
                Readiness(checks: [Readiness.Check(name: "database", isReady: true)])
            }
        } test: { server in
            let client = try RawClient(server)
            let expected = [
                ("/health", "application/json", "\"healthy\""),
                ("/livez", "application/json", #"{"status":"alive"}"#),
                ("/readyz", "application/json", #"{"status":"ready","checks":{"database":true}}"#),
                ("/openapi.json", "application/json", String(decoding: description, as: UTF8.self)),
                ("/swagger.json", "application/json", String(decoding: description, as: UTF8.self)),
            ]
            for (path, type, body) in expected {
                let response = try await client.exchange("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(response.status == 200)
                #expect(response["Content-Type"] == type)
                #expect(response.text == body)
            }
            let page = try await client.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(page.text.hasPrefix("<!doctype html>"))
            #expect(page["Content-Security-Policy"]?.contains("default-src 'none'") == true)
            let text = try await client.exchange("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n").text
            #expect(text.contains(#"http_requests_total{method="GET",route="/health",status="2xx"} 1"#))
            #expect(text.contains("http_connections 1"))
        }
    }

    @Test(arguments: [false, true]) func showsMeasurementsToThisMachineUnlessTheyArePublic(arePublic: Bool) async throws
    {
        try await withServer { router in
            router.addStandardEndpoints(metrics: MetricsRegistry(), areMetricsPublic: arePublic, openAPI: nil) {
                Readiness(checks: [])
            }
        } test: { server in
            let client = try RawClient(server)
            for (field, isShown) in [
                ("", true), ("X-Forwarded-For: 127.0.0.1\r\n", true), ("X-Forwarded-For: 192.0.2.1\r\n", arePublic),
            ] {
                let response = try await client.exchange("GET /metrics HTTP/1.1\r\nHost: a\r\n\(field)\r\n")
                #expect(response.status == (isShown ? 200 : 404))
            }
        }
    }

    /// Computes the hash over the exact bytes of the page, as a browser does.
    @Test func allowsOnlyThePagesOwnScriptAndStyle() async throws {
        try await withServer { router in
            router.addStandardEndpoints(metrics: nil, openAPI: description) { Readiness(checks: []) }
        } test: { server in
            let page = try await RawClient(server).exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let policy = try #require(page["Content-Security-Policy"])
            #expect(!policy.contains("unsafe"))
            for element in ["script", "style"] {
                let start = try #require(page.text.firstRange(of: "<\(element)>"))
                let end = try #require(page.text.firstRange(of: "</\(element)>"))
                let hash = Base64.encode(SHA256Digest.of(Array(page.text[start.upperBound..<end.lowerBound].utf8)))
                #expect(policy.contains("\(element)-src 'sha256-\(hash)'"))
            }
            #expect(page["Permissions-Policy"]?.contains("geolocation=()") == true)
        }
    }

    @Test func namesTheUnavailableDependency() async throws {
        try await withServer { router in
            router.addStandardEndpoints(metrics: MetricsRegistry(), openAPI: description) {
                Readiness(checks: [
                    Readiness.Check(name: "database", isReady: true), Readiness.Check(name: "queue", isReady: false),
                ])
            }
        } test: { server in
            let response = try await RawClient(server).exchange("GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(response.status == 503)
            #expect(response["Retry-After"] != nil)
            #expect(response.text == #"{"status":"not ready","checks":{"database":true,"queue":false}}"#)
        }
    }
}
