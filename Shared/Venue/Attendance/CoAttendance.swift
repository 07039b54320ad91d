internal import Models

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

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
}

extension EventPlan {
    /// The minimum time together in a zone, in seconds.
    package static let leastSecondsTogether = 60.0

    /// The sessions and zones that two persons attended together.
    ///
    /// Time in an attended session does not count for its zone, the zones around it and those inside it. O(visits of both + common
    /// zones × common sessions).
    ///
    /// - Parameters:
    ///   - one: the history of a person.
    ///   - other: the history of another person.
    ///   - counts: the number of persons in each zone and session.
    /// - Returns: `nil` if they attended nothing together.
    package func coAttendance(_ one: EventHistory, _ other: EventHistory, _ counts: EventCounts) -> CoAttendance? {
        let theirs = Dictionary(other.attendances.map { ($0.session, $0) }) { first, _ in first }
        var sessions: [CoAttendance.Part] = []
        var inSessions: [(zone: Int, times: Intervals)] = []
        var all: [Range<Int64>] = []
        for own in one.attendances {
            guard let its = theirs[own.session] else { continue }
            let common = own.times.intersection(its.times)
            sessions.append(part(own.session, common, counts.attendees))
            all += common.ranges
            guard let zone = self.sessions[own.session].zone.flatMap({ venue.indices[$0] }) else { continue }
            inSessions.append((zone, common))
        }
        var zones: [CoAttendance.Part] = []
        for (zone, times) in one.times {
            guard let its = other.times[zone] else { continue }
            let rest = inSessions.filter { isZone($0.zone, within: zone) || isZone(zone, within: $0.zone) }
                .reduce(times.intersection(its)) { $0.subtracting($1.times) }
            guard rest.seconds >= Self.leastSecondsTogether else { continue }
            zones.append(part(zone, rest, counts.visitors))
            all += rest.ranges
        }
        guard !sessions.isEmpty || !zones.isEmpty else { return nil }
        zones.sort { ($1.weight, $0.index) < ($0.weight, $1.index) }
        return CoAttendance(
            sessions: sessions,
            zones: zones,
            seconds: Intervals(all).seconds,
            weight: (sessions + zones).reduce(0) { $0 + $1.weight }
        )
    }

    private func part(_ index: Int, _ times: Intervals, _ counts: [Int: Int]) -> CoAttendance.Part {
        CoAttendance.Part(index: index, seconds: times.seconds, persons: counts[index] ?? 0)
    }
}
