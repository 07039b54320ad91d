/// What counts as a meeting.
package struct MeetingRule: Hashable, Sendable {
    /// How close two persons are while they are together, in metres.
    package var distance = 2.0
    /// How long they may be apart within one meeting, in seconds.
    package var gap = 300.0
    /// How long a meeting lasts at least, in seconds.
    package var least = 60.0
    /// How probable it has to be, at each moment, that they were together.
    package var probability = 0.5
    /// What is less probable than this is not looked at.
    package var leastProbability = 0.03

    /// The time that is asked about, in microseconds since 1970; all of it if `nil`.
    ///
    /// Meetings are cut at its ends.
    package var window: Range<Int64>?

    /// The standard rule.
    package init() {}

    /// Whether an interval shares time with the window.
    func covers(_ start: Int64, _ end: Int64) -> Bool {
        window.map { start < $0.upperBound && end > $0.lowerBound } ?? true
    }
}
