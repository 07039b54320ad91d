package import Models

/// The configuration of a simulated event.
package struct SimulationConfiguration: Hashable, Sendable {
    /// The number of attendees.
    package var attendees: Int
    /// How long the doors are open, in seconds.
    package var duration: Int
    /// The seed, which distinguishes events with the same numbers.
    package var seed: UInt64
    /// When the doors open.
    package var start: Timestamp
    /// The maximum distance of two attendees who meet, in metres.
    package var meetingRadius: Double
    /// The traits of a real event.
    package var traits: SimulationTraits
    /// The standard deviations of the phones' errors in each direction, in metres; each phone has one of them.
    package var phoneDeviations: ClosedRange<Double>

    /// Nine o'clock in the morning in San Mateo on Thursday, 5 June 2025.
    package static let defaultStart = Timestamp(microseconds: 1_749_139_200_000_000)

    /// The deviations of phones whose positions come from Wi-Fi and satellites, in metres.
    package static let defaultPhoneDeviations = 1.5...4.5

    /// The numbers of attendees that can be simulated.
    package static let possibleAttendees = 1...100_000
    /// The durations that can be simulated, in seconds: a minute to two days.
    package static let possibleDurations = 60...172_800
    /// The radii that can be simulated, in metres.
    package static let possibleRadii = 0.5...50.0

    /// A configuration; clamps numbers to the possible ones.
    package init(
        attendees: Int = 500,
        duration: Int = 8 * 3_600,
        seed: UInt64 = 7,
        start: Timestamp = defaultStart,
        meetingRadius: Double = 3,
        traits: SimulationTraits = [],
        phoneDeviations: ClosedRange<Double> = defaultPhoneDeviations
    ) {
        self.attendees = Self.clamp(attendees, to: Self.possibleAttendees)
        self.duration = Self.clamp(duration, to: Self.possibleDurations)
        self.seed = seed
        self.start = start
        self.traits = traits
        self.phoneDeviations = phoneDeviations
        self.meetingRadius = Self.clamp(meetingRadius, to: Self.possibleRadii)
    }

    private static func clamp<Value: Comparable>(_ value: Value, to range: ClosedRange<Value>) -> Value {
        min(max(value, range.lowerBound), range.upperBound)
    }
}
