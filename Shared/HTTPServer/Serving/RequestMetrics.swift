import Observability

/// The metrics of one route: the statuses and durations of its requests.
struct RouteMetrics: Sendable {
    private let byStatusClass: [Counter]
    private let latency: Histogram

    /// The series of a route, never of a method or a path that a client chose.
    init(_ registry: MetricsRegistry, method: String, template: String) {
        byStatusClass = (2...5).map { statusClass in
            registry.counter(
                "http_requests_total",
                "Answered requests, by route and class of status.",
                labels: [("method", method), ("route", template), ("status", "\(statusClass)xx")]
            )
        }
        latency = registry.histogram(
            "http_request_duration_seconds",
            "Time from a request's head to the head of its response.",
            labels: [("method", method), ("route", template)]
        )
    }

    func record(status: HTTPStatus, nanoseconds: Int64) {
        byStatusClass[min(max(status.code / 100, 2), 5) - 2].increment()
        latency.observe(Double(nanoseconds) / 1e9)
    }
}
