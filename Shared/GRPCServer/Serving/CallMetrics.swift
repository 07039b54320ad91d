import Observability

/// The metrics of one method: the statuses and durations of its calls.
struct CallMetrics: Sendable {
    private let registry: MetricsRegistry
    private let method: String
    private let succeeded: Counter
    private let latency: Histogram

    /// The series of a method, never of a name that a client chose.
    init(_ registry: MetricsRegistry, method: String) {
        self.registry = registry
        self.method = method
        succeeded = Self.counter(registry, method, "OK")
        latency = registry.histogram(
            "grpc_call_duration_seconds",
            "From a call's headers to its status.",
            labels: [("method", method)]
        )
    }

    /// Counts a call; a failed one needs a look-up in the registry.
    func record(_ code: RPCError.Code?, nanoseconds: Int64) {
        (code.map { Self.counter(registry, method, $0.name) } ?? succeeded).increment()
        latency.observe(Double(nanoseconds) / 1e9)
    }

    private static func counter(_ registry: MetricsRegistry, _ method: String, _ status: String) -> Counter {
        registry.counter(
            "grpc_calls_total",
            "Calls ended, by method and status.",
            labels: [("method", method), ("status", status)]
        )
    }
}
