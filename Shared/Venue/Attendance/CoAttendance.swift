internal import Glibc
internal import Models

/// The sessions and zones of an event that two persons attended together.
package struct CoAttendance: Hashable, Sendable {
    /// A session or zone that both attended at the same time.
    package struct Part: Hashable, Sendable {
        /// The index of the session in ``EventPlan/sessions``, or of the zone in ``VenuePlan/zones``.
        package let index: Int
        /// The time together in seconds.
        package let seconds: Double
        /// The number of all attendees or visitors.
        package let persons: Int

        /// The contribution to the ranking.
        ///
        /// Adamic and Adar, "Friends and neighbors on the Web" (Social Networks 25, 2003), weigh each thing in common by
        /// 1/ln of the number of persons who share it: a full keynote says little about two persons. The time counts by its
        /// logarithm, because the tenth minute together says less than the first one.
        var weight: Double { log(1 + seconds / 60) / log(1 + Double(max(persons, 2))) }
    }

    /// The sessions that both attended, in the programme's order.
    package let sessions: [Part]
    /// The zones that both visited at the same time outside these sessions, the one with the highest weight first.
    package let zones: [Part]
    /// The time together in sessions and zones, in seconds; overlapping zones count once.
    package let seconds: Double
    /// The ranking score; it has no unit.
    package let weight: Double

    /// The same with fewer sessions and zones: the longest sessions in the programme's order, and the first zones.
    package func prefix(_ most: Int) -> CoAttendance {
        let kept = Set(sessions.sorted { ($1.seconds, $0.index) < ($0.seconds, $1.index) }.prefix(most).map(\.index))
        return CoAttendance(
            sessions: sessions.filter { kept.contains($0.index) },
            zones: Array(zones.prefix(most)),
            seconds: seconds,
            weight: weight
        )
    }
}

/// Finds what a person attended together with others at an event.
package struct CoAttendanceFinder {
    /// The minimum time together in a zone, in seconds.
    package static let leastSeconds = 60.0

    private let plan: EventPlan
    private let counts: EventCounts
    private let sessions: [Attendance]
    private let times: [Int: Intervals]

    /// Prepares a person's history.
    ///
    /// - Parameters:
    ///   - history: the history of the person.
    ///   - plan: the zones and sessions of the event.
    ///   - counts: the number of persons in each zone and session.
    package init(_ history: EventHistory, _ plan: EventPlan, _ counts: EventCounts) {
        self.plan = plan
        self.counts = counts
        sessions = history.attendances
        times = history.times
    }

    /// The sessions and zones that the person and another one attended together; `nil` without any.
    ///
    /// Time in an attended session does not count for its zone, the zones around it and those inside it. O(visits and sessions
    /// of both + common zones × common sessions).
    package func common(with other: EventHistory) -> CoAttendance? {
        var sessions: [CoAttendance.Part] = []
        var inSessions: [(zone: Int, times: Intervals)] = []
        var all: [Range<Int64>] = []
        for (own, its) in pairs(with: other.attendances) {
            let common = own.times.intersection(its.times)
            sessions.append(part(own.session, common, counts.attendees))
            all += common.ranges
            guard let zone = plan.sessions[own.session].zone.flatMap({ plan.venue.indices[$0] }) else { continue }
            inSessions.append((zone, common))
        }
        var zones: [CoAttendance.Part] = []
        for (zone, its) in other.times {
            guard let own = times[zone] else { continue }
            let rest = inSessions.filter { plan.isZone($0.zone, within: zone) || plan.isZone(zone, within: $0.zone) }
                .reduce(own.intersection(its)) { $0.subtracting($1.times) }
            guard rest.seconds >= Self.leastSeconds else { continue }
            zones.append(part(zone, rest, counts.visitors))
            all += rest.ranges
        }
        guard !sessions.isEmpty || !zones.isEmpty else { return nil }
        // Of equal weights, the inner zone says more.
        zones.sort { one, other in
            let (own, its) = (plan.venue.ancestors[one.index].count, plan.venue.ancestors[other.index].count)
            return (other.weight, its, one.index) < (one.weight, own, other.index)
        }
        return CoAttendance(
            sessions: sessions,
            zones: zones,
            seconds: Intervals(all).seconds,
            weight: (sessions + zones).reduce(0) { $0 + $1.weight }
        )
    }

    /// The attendances of sessions that both attended, in order.
    private func pairs(with others: [Attendance]) -> [(own: Attendance, its: Attendance)] {
        var (pairs, rest): ([(own: Attendance, its: Attendance)], ArraySlice<Attendance>) = ([], others[...])
        for own in sessions {
            rest = rest.drop { $0.session < own.session }
            if let its = rest.first, its.session == own.session { pairs.append((own, its)) }
        }
        return pairs
    }

    private func part(_ index: Int, _ times: Intervals, _ counts: [Int: Int]) -> CoAttendance.Part {
        CoAttendance.Part(index: index, seconds: times.seconds, persons: counts[index] ?? 0)
    }
}
