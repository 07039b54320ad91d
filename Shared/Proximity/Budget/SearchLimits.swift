/// The bounds of a ``SearchBudget``.
package struct SearchLimits: Sendable {
    /// Pairs of locations that an answer may rest on.
    package var pairs = Int.max
    /// Pairs that are held at once, where a search cannot take fewer: those of one location.
    package var pairsAtOnce = Int.max
    /// Locations of a trail that is compared with others.
    package var trail = Int.max
    /// Meetings or contacts that an answer may have.
    package var results = Int.max
    /// The longest time that the search may work.
    package var time = Duration.seconds(1_000_000)

    /// No bounds.
    package static let none = SearchLimits()

    /// No bounds; to be narrowed.
    package init() {}

    var nanoseconds: Int64 {
        let (seconds, attoseconds) = time.components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}

/// The reason why a search has no answer.
package enum SearchFailure: Error, Hashable, Sendable {
    /// The limit that a question exceeds.
    package enum Resource: Hashable, Sendable {
        /// ``SearchLimits/pairs``.
        case pairs
        /// ``SearchLimits/pairsAtOnce``.
        case pairsAtOnce
        /// ``SearchLimits/trail``.
        case trail
        /// ``SearchLimits/results``.
        case results
        /// ``SearchLimits/time``, in seconds.
        case time
        /// Locations that are read because the index does not hold them.
        case past
    }

    /// The question is too wide.
    case exceeded(Resource, limit: Int)
    /// The answer is not wanted any more.
    case stopped
    /// A part of the search has more pairs than are held at once; the search takes a smaller part.
    case tooManyAtOnce
}
