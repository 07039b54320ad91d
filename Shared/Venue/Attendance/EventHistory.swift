/// A person's visits and attended sessions of an event.
package struct EventHistory: Hashable, Sendable {
    /// The visits in the order of their starts.
    package let visits: [Visit]
    /// The attended sessions in order.
    package let attendances: [Attendance]

    /// Derives the attendance from visits.
    package init(_ visits: [Visit], _ plan: EventPlan) {
        self.visits = visits
        attendances = plan.attendances(of: visits)
    }

    private init(visits: [Visit], attendances: [Attendance]) {
        (self.visits, self.attendances) = (visits, attendances)
    }

    /// The visits and attended sessions within a time range, cut at its ends.
    ///
    /// A session counts if the person attended it as a whole.
    package func clamped(to window: Range<Int64>) -> EventHistory {
        guard visits.contains(where: { $0.start < window.lowerBound || $0.end > window.upperBound }) else {
            return self
        }
        return EventHistory(
            visits: visits.compactMap { $0.clamped(to: window) },
            attendances: attendances.compactMap { attendance in
                let times = attendance.times.clamped(to: window)
                guard !times.ranges.isEmpty else { return nil }
                return Attendance(session: attendance.session, share: attendance.share, times: times)
            }
        )
    }

    /// The times in each visited zone.
    package var times: [Int: Intervals] {
        Dictionary(grouping: visits, by: \.zone).mapValues { visits in
            Intervals(visits.lazy.map { $0.start..<$0.end })
        }
    }
}

/// The number of distinct persons in each zone and session of an event.
package struct EventCounts: Hashable, Sendable {
    /// The number of visitors of each zone.
    package private(set) var visitors: [Int: Int] = [:]
    /// The number of attendees of each session.
    package private(set) var attendees: [Int: Int] = [:]

    /// Counts the persons of some histories.
    package init(_ histories: some Sequence<EventHistory>) {
        for history in histories {
            for zone in Set(history.visits.lazy.map(\.zone)) { visitors[zone, default: 0] += 1 }
            for attendance in history.attendances { attendees[attendance.session, default: 0] += 1 }
        }
    }
}
