package import Models

/// The zones and the programme of an event, prepared for questions about visits and attendance.
package struct EventPlan: Sendable {
    /// The zones.
    package let venue: VenuePlan
    /// The programme sessions, in order of time and then of their numbers.
    package let sessions: [ProgrammeSession]
    /// The index of each session by its number.
    package let indices: [SessionID: Int]

    /// Prepares the programme of a venue.
    package init(_ venue: VenuePlan, sessions: [ProgrammeSession]) {
        self.venue = venue
        self.sessions = sessions.sorted { ($0.time.lowerBound, $0.id) < ($1.time.lowerBound, $1.id) }
        indices = Dictionary(self.sessions.enumerated().map { ($1.id, $0) }) { first, _ in first }
    }

    /// Whether a zone is another zone or lies inside it.
    package func isZone(_ zone: Int, within other: Int) -> Bool {
        zone == other || venue.ancestors[zone].contains(other)
    }
}
