/// What a meeting is, for whoever asks.
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

    /// The standard rule.
    package init() {}
}
