import Foundation
import TestSupport
import Testing

@testable import Observability

@Suite struct PrometheusTextTests {
    private let registry = MetricsRegistry()

    @Test func writesTheExactFormat() {
        let requests = "Requests answered,\nwith a \\ and a \"quote\"."
        registry.counter("http_requests_total", requests, labels: [("status", "200"), ("method", "GET")]).increment(
            by: 3
        )
        registry.counter("http_requests_total", requests).increment()
        registry.gauge("temperature_celsius", "Outside.", labels: [("place", "C:\\\"x\"\né")]).set(-0.5)
        let latency = registry.histogram("latency_seconds", "Latency.", buckets: [0.25, 1])
        latency.observe(0.125)
        latency.observe(0.25)
        latency.observe(4)
        registry.histogram("latency_seconds", "Latency.", labels: [("route", "/")]).observe(1)
        let expected = #"""
            # HELP http_requests_total Requests answered,\nwith a \\ and a "quote".
            # TYPE http_requests_total counter
            http_requests_total 1
            http_requests_total{method="GET",status="200"} 3
            # HELP latency_seconds Latency.
            # TYPE latency_seconds histogram
            latency_seconds_bucket{le="0.25"} 2
            latency_seconds_bucket{le="1"} 2
            latency_seconds_bucket{le="+Inf"} 3
            latency_seconds_sum 4.375
            latency_seconds_count 3
            latency_seconds_bucket{route="/",le="0.25"} 0
            latency_seconds_bucket{route="/",le="1"} 1
            latency_seconds_bucket{route="/",le="+Inf"} 1
            latency_seconds_sum{route="/"} 1
            latency_seconds_count{route="/"} 1
            # HELP metrics_refused_total Metrics that cannot be exported.
            # TYPE metrics_refused_total counter
            metrics_refused_total 0
            # HELP temperature_celsius Outside.
            # TYPE temperature_celsius gauge
            temperature_celsius{place="C:\\\"x\"\né"} -0.5

            """#
        #expect(String(decoding: registry.prometheusText(), as: UTF8.self) == expected)
    }

    @Test(
        arguments: [
            (0, "0"), (-0.0, "0"), (1, "1"), (-3, "-3"), (0.1, "0.1"), (1e-9, "1e-09"), (1e300, "1e+300"),
            (9_007_199_254_740_991, "9007199254740991"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
        ] as [(Double, String)]
    )
    func writesNumbersInTheSyntaxOfGo(number: Double, text: String) {
        #expect(PrometheusText.number(number) == text)
    }

    @Test func everyLineFollowsTheGrammar() throws {
        try fill()
        // A regular expression for the documented grammar of a line.
        let label = #"[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*""#
        let number = #"(?:[-+]?(?:[0-9]+(?:\.[0-9]+)?(?:e[-+]?[0-9]+)?|Inf)|NaN)"#
        let sample = try Regex("[a-zA-Z_:][a-zA-Z0-9_:]*(?:\\{\(label)(?:,\(label))*\\})? \(number)")
        let comment = /# (HELP [a-z_]+ .+|TYPE [a-z_]+ (counter|gauge|histogram))/
        let text = String(decoding: registry.prometheusText(), as: UTF8.self)
        #expect(text.hasSuffix("\n"))
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            let matches =
                try line.hasPrefix("#") ? comment.wholeMatch(in: line) != nil : sample.wholeMatch(in: line) != nil
            #expect(matches, "\(line)")
        }
    }

    @Test(.enabled(if: promtool != nil, "promtool is in Debian's package prometheus"))
    func promtoolReportsNoProblem() throws {
        try fill()
        let text = FileManager.default.temporaryDirectory.appending(path: "metrics-\(UUID().uuidString)")
        try Data(registry.prometheusText()).write(to: text)
        defer { try? FileManager.default.removeItem(at: text) }
        // promtool writes its findings to standard error.
        let (status, findings) = try ChildProcess.run(
            "sh",
            ["-c", #"exec "$0" check metrics 2>&1"#, try #require(Self.promtool)],
            input: .file(text)
        )
        #expect(findings == "")
        #expect(status == 0)
    }

    private func fill() throws {
        registry.registerProcessMetrics()
        registry.counter("http_requests_total", "Requests.").increment()
        registry.counter("http_requests_total", "Requests.", labels: [("path", "a\"b\\c\nd\u{0}{}, =")]).increment()
        registry.histogram("http_request_duration_seconds", "Times.").observe(1e-9)
        registry.histogram("http_request_duration_seconds", "Times.", labels: [("route", "/x")]).observe(.infinity)
        registry.gauge("queue_lag_seconds", "Lag.").set(.nan)
        registry.gauge("queue_lag_seconds", "Lag.", labels: [("partition", "0")]).set(-.infinity)
    }

    private static let promtool = ["/usr/bin/promtool", "/usr/local/bin/promtool"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
}
