import Observability

/// How long searches take, by their kind.
struct QueryMetrics: Sendable {
    /// The kinds of searches.
    enum Kind: String, CaseIterable {
        /// Whom a person was close to.
        case contacts
        /// Meetings of a person.
        case meetings
        /// Meetings of all persons, some persons at a time.
        case allMeetings = "all_meetings"
        /// Why two persons met.
        case evidence
        /// Reading what the index does not hold.
        case past
    }

    private let times: [Kind: Histogram]

    init(_ registry: MetricsRegistry) {
        times = Dictionary(
            uniqueKeysWithValues: Kind.allCases.map { kind in
                let histogram = registry.histogram(
                    "location_query_seconds",
                    "How long a search took, its turn included.",
                    labels: [("kind", kind.rawValue)],
                    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1, 5]
                )
                return (kind, histogram)
            }
        )
    }

    /// Notes how long something takes.
    func measure<Value>(_ kind: Kind, _ body: () async throws -> Value) async rethrows -> Value {
        let began = ContinuousClock.now
        defer { times[kind]?.observe(ContinuousClock.now - began) }
        return try await body()
    }
}
