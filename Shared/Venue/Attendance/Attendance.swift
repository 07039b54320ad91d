internal import Models

/// A person's attendance of a programme session.
package struct Attendance: Hashable, Sendable {
    /// The index of the session in ``EventPlan/sessions``.
    package let session: Int
    /// The share of the session's time that the person was in its zone, from ``EventPlan/leastShare`` to 1.
    package let share: Double
    /// The times within the session.
    package let times: Intervals

    /// The time in the session, in seconds.
    package var seconds: Double { times.seconds }
}

extension EventPlan {
    /// The minimum share of a session's time for its attendance.
    package static let leastShare = 0.5

    /// The sessions that a person attended.
    ///
    /// A person attends a session if visits of its zone, or of zones inside it, cover at least half of its time. Sessions without
    /// a zone or a duration have no attendance. O(sessions + visits × visited sessions).
    ///
    /// - Parameter visits: the person's visits in any order.
    /// - Returns: the sessions in the order of ``EventPlan/sessions``.
    package func attendances(of visits: [Visit]) -> [Attendance] {
        var byZone: [Int: [Range<Int64>]] = [:]
        for visit in visits {
            for zone in [visit.zone] + venue.ancestors[visit.zone] {
                byZone[zone, default: []].append(visit.start..<visit.end)
            }
        }
        let times = byZone.mapValues { Intervals($0) }
        return sessions.enumerated().compactMap { index, session in
            guard let zone = session.zone.flatMap({ venue.indices[$0] }), let own = times[zone] else { return nil }
            let span = session.microseconds
            let common = own.clamped(to: span)
            let share = span.isEmpty ? 0 : common.seconds * 1_000_000 / Double(span.count)
            guard share >= Self.leastShare else { return nil }
            return Attendance(session: index, share: min(1, share), times: common)
        }
    }
}
