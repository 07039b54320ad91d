import Observability

/// The durations of searches, by kind.
struct QueryMetrics: Sendable {
    /// The kinds of searches.
    enum Kind: String, CaseIterable {
        /// The persons near a person.
        case contacts
        /// Meetings of a person.
        case meetings
        /// Meetings of all persons, some persons per measurement.
        case allMeetings = "all_meetings"
        /// Why two persons met.
        case evidence
        /// Visits of all persons whose trails have changed.
        case visits
        /// Figures for organisers.
        case statistics
        /// Reading locations that the index does not have.
        case past
    }

    private let times: [Kind: Histogram]

    init(_ registry: MetricsRegistry) {
        times = Dictionary(
            uniqueKeysWithValues: Kind.allCases.map { kind in
                let histogram = registry.histogram(
                    "location_query_seconds",
                    "Duration of a search, including its wait.",
                    labels: [("kind", kind.rawValue)],
                    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1, 5]
                )
                return (kind, histogram)
            }
        )
    }

    /// Measures the duration of `body`.
    func measure<Value>(_ kind: Kind, _ body: () async throws -> Value) async rethrows -> Value {
        let began = ContinuousClock.now
        defer { times[kind]?.observe(ContinuousClock.now - began) }
        return try await body()
    }
}
