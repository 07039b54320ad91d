import Observability

/// What is measured about one route: how its requests ended, and how long they took.
struct RouteMetrics: Sendable {
    private let byStatusClass: [Counter]
    private let latency: Histogram

    /// Asks for a route's series; never for a method or a path that a client made up.
    init(_ registry: MetricsRegistry, method: String, template: String) {
        byStatusClass = (2...5).map { statusClass in
            registry.counter(
                "http_requests_total",
                "Requests answered, by route and class of status.",
                labels: [("method", method), ("route", template), ("status", "\(statusClass)xx")]
            )
        }
        latency = registry.histogram(
            "http_request_duration_seconds",
            "From a request's head to the head of its response.",
            labels: [("method", method), ("route", template)]
        )
    }

    func record(status: HTTPStatus, nanoseconds: Int64) {
        byStatusClass[min(max(status.code / 100, 2), 5) - 2].increment()
        latency.observe(Double(nanoseconds) / 1e9)
    }
}
