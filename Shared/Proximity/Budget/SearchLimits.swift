/// The bounds of a ``SearchBudget``.
package struct SearchLimits: Sendable {
    /// Maximum number of pairs of locations behind an answer.
    package var pairs = Int.max
    /// Maximum number of locations in the trail that is compared with others.
    package var trail = Int.max
    /// Maximum number of meetings or contacts in an answer.
    package var results = Int.max
    /// Maximum processor time of the search.
    package var time = Duration.seconds(1_000_000)

    /// No bounds.
    package static let none = SearchLimits()

    /// Creates limits without bounds; set the ones that apply.
    package init() {}

    var nanoseconds: Int64 {
        let (seconds, attoseconds) = time.components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}

/// The reason why a search has no answer.
package enum SearchFailure: Error, Hashable, Sendable {
    /// The exceeded limit.
    package enum Resource: Hashable, Sendable {
        /// ``SearchLimits/pairs``.
        case pairs
        /// ``SearchLimits/trail``.
        case trail
        /// ``SearchLimits/results``.
        case results
        /// ``SearchLimits/time``, in seconds.
        case time
        /// Locations that are read from the database because the index does not hold them.
        case past
    }

    /// The question exceeds a limit.
    case exceeded(Resource, limit: Int)
    /// The answer is no longer needed.
    case stopped
}
