package import Models

/// What counts as a meeting.
///
/// Two locations of two persons, at most ``within`` apart in time, are a co-presence if they lie within the
/// ``leavingRadius``, and if the phones knew their places well enough for that to prove anything. A meeting begins with a
/// co-presence within the ``radius`` itself and goes on while co-presences follow each other with at most ``gap`` between
/// them: who has come close has to go half as far again to leave, so that a reading that jitters about the radius makes one
/// meeting instead of many. ``EncounterFold`` says the rest.
package struct EncounterRule: Hashable, Sendable {
    /// How close two people have to come.
    package let radius: Radius
    /// How far apart in time two locations may lie.
    package let within: TimeApart
    /// How long two people may go without a co-presence.
    package let gap: MeetingGap
    /// Which locations count at all.
    package var plausibility = Plausibility.everything

    /// 5 m, a minute, five minutes.
    package static let standard = EncounterRule(unchecked: .standard, .standard, .standard)

    /// Joins the three; `nil` if the gap is shorter than the time between two locations of a single co-presence may be.
    package init?(radius: Radius = .standard, within: TimeApart = .standard, gap: MeetingGap? = nil) {
        let gap = gap ?? MeetingGap(atLeast: within)
        guard gap.microseconds >= within.microseconds else { return nil }
        self.init(unchecked: radius, within, gap)
    }

    private init(unchecked radius: Radius, _ within: TimeApart, _ gap: MeetingGap) {
        self.radius = radius
        self.within = within
        self.gap = gap
    }

    /// How far apart those who have come close may go, in metres; the bound belongs to it.
    package var leavingRadius: Double { 1.5 * radius.metres }
}
