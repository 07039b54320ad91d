/// The definition of a meeting in a question.
package struct MeetingRule: Hashable, Sendable {
    /// Maximum distance of two persons who are together, in metres.
    package var distance = 2.0
    /// Maximum time apart within one meeting, in seconds.
    package var gap = 300.0
    /// Minimum duration of a meeting, in seconds.
    package var least = 60.0
    /// Minimum probability, at each moment, that the two were together.
    package var probability = 0.5
    /// Overlaps below this probability are skipped.
    package var leastProbability = 0.03

    /// The time range of the question in microseconds since 1970; `nil` for all time.
    ///
    /// Meetings are cut at its ends.
    package var window: Range<Int64>?

    /// The distances in metres that a rule may have.
    ///
    /// Phones are not more precise, and persons further apart do not meet.
    package static let distances = 0.5...100

    /// Creates the default rule.
    package init() {}

    /// Whether an interval overlaps the window.
    func covers(_ start: Int64, _ end: Int64) -> Bool {
        window.map { start < $0.upperBound && end > $0.lowerBound } ?? true
    }
}
