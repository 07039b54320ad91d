import Observability

/// The metrics and log lines of the pool and its connections, without data.
struct PostgresObserver: Sendable {
    private let logger: Logger?
    private let metrics: MetricsRegistry
    private let labels: [(String, String)]
    private let waiting: Histogram
    private let statements: Histogram
    private let opened: Counter

    /// `name` distinguishes several clients of one process.
    init(name: String, logger: Logger?, metrics: MetricsRegistry) {
        self.logger = logger
        self.metrics = metrics
        labels = [("client", name)]
        waiting = metrics.histogram(
            "postgres_pool_wait_seconds",
            "From asking for a connection to having it.",
            labels: labels
        )
        statements = metrics.histogram(
            "postgres_statement_seconds",
            "From sending a statement to having its result.",
            labels: labels
        )
        opened = metrics.counter("postgres_connections_opened_total", "Connections opened.", labels: labels)
    }

    /// Exports the pool's state, which is read with the metrics.
    func watch(_ counts: @escaping @Sendable () -> PostgresPoolCounts) {
        let gauges: [(String, @Sendable (PostgresPoolCounts) -> Int)] = [
            ("leased", \.leased), ("idle", \.idle), ("opening", { $0.open - $0.leased - $0.idle }),
        ]
        for (state, value) in gauges {
            metrics.gauge(
                "postgres_pool_connections",
                "Connections by state.",
                labels: labels + [("state", state)]
            ) { Double(value(counts())) }
        }
        metrics.gauge("postgres_pool_waiting", "Callers that wait for a connection.", labels: labels) {
            Double(counts().waiting)
        }
    }

    func connectionOpened() {
        opened.increment()
    }

    func connectionFailed(_ error: PostgresError) {
        count(error)
        logger?.warning("Cannot connect to PostgreSQL", error: error)
    }

    func listenerFailed(_ error: PostgresError) {
        count(error)
        logger?.warning("Cannot listen to PostgreSQL's notifications", error: error)
    }

    func leased(after wait: Duration) {
        waiting.observe(wait)
    }

    func statementFinished(after duration: Duration) {
        statements.observe(duration)
    }

    /// Counts an error by its kind; there are few enough SQLSTATEs for a label.
    func count(_ error: PostgresError) {
        metrics.counter(
            "postgres_errors_total",
            "Errors of statements and connections.",
            labels: labels + [("code", error.code.rawValue), ("sqlstate", error.sqlState?.rawValue ?? "")]
        ).increment()
    }
}
