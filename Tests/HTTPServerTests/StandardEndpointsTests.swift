import HTTPServer
import Observability
import Synchronization
import Testing

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

    @Test func saysWhichDependencyIsAway() async throws {
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
