import Models
import Venue

/// What two persons attended together at an event.
struct AttendedTogether: Hashable, Sendable {
    let event: EventID
    /// The sessions and zones, at most ``most`` of each.
    let common: CoAttendance
    /// The number of all common sessions.
    let sessions: Int
    /// The number of all common zones.
    let zones: Int
    /// The reason for the rank, without a full stop.
    let reason: String

    /// The maximum number of sessions, and of zones.
    static let most = 8

    /// A person at an event, prepared to be compared with others.
    struct Comparison {
        let event: EventPresence
        private let finder: CoAttendanceFinder
        private let window: Range<Int64>

        /// Prepares a person; `nil` if the person visited no zone within the time range.
        init?(of person: Int32, at event: EventPresence, during window: Range<Int64>) {
            guard let history = event.histories[person]?.clamped(to: window), !history.visits.isEmpty else {
                return nil
            }
            self.event = event
            self.window = window
            finder = CoAttendanceFinder(history, event.setup.plan, event.counts)
        }

        /// What the person attended together with another one; `nil` if there was nothing.
        func common(with other: Int32, nearSeconds: Double) -> AttendedTogether? {
            guard let history = event.histories[other], let common = finder.common(with: history.clamped(to: window))
            else { return nil }
            return AttendedTogether(
                event: event.setup.event.id,
                common: common.prefix(AttendedTogether.most),
                sessions: common.sessions.count,
                zones: common.zones.count,
                reason: event.setup.plan.reason(for: common, nearSeconds: nearSeconds)
            )
        }
    }
}
