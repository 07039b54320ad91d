import Models
import Venue

extension DayFigures {
    /// Counts attendance, visits and flows.
    ///
    /// O(zones × quarters of an hour + visits²) for the visits of a person.
    ///
    /// - Parameters:
    ///   - histories: the histories of the persons who are counted.
    ///   - plan: the zones and the programme.
    ///   - day: the day.
    init(of histories: [EventHistory], _ plan: EventPlan, _ day: EventDay) {
        let range = day.time.microseconds
        visitors = Disclosure.published(histories.count { !$0.clamped(to: range).visits.isEmpty })
        let dwells = Dictionary(
            Dwell(of: histories, day: range).rows.map { ($0.zone, ZoneFigures.Dwell($0)) },
            uniquingKeysWith: { first, _ in first }
        )
        func name(_ zone: Int) -> ZoneName {
            ZoneName(code: plan.venue.zones[zone].code, name: plan.venue.zones[zone].name)
        }
        let rows = Occupancy(of: histories, plan, day: range).rows.sorted {
            ($1.visitors ?? 0, $0.zone) < ($0.visitors ?? 0, $1.zone)
        }
        zones = Self.bounded(
            rows.map { row in
                let peak = row.peak.map { peak in
                    let start = Timestamp(microseconds: range.lowerBound + Int64(peak.bin) * Occupancy.binLength)
                    return ZoneFigures.Peak(start: day.localTime(start), persons: peak.persons)
                }
                return ZoneFigures(zone: name(row.zone), visitors: row.visitors, peak: peak, dwell: dwells[row.zone])
            }
        )
        flows = Self.bounded(
            Flows(of: histories, plan, day: range).rows.map {
                FlowFigures(from: name($0.from), to: name($0.to), persons: $0.persons)
            }
        )
        let attendees = SessionCounts(of: histories, plan).attendees
        sessions = Self.bounded(
            zip(plan.sessions, attendees).filter { range.contains($0.0.microseconds.lowerBound) }.map {
                session,
                count in
                SessionFigures(
                    code: session.code,
                    title: session.title,
                    start: day.localTime(session.time.lowerBound),
                    end: day.localTime(session.time.upperBound),
                    attendees: count
                )
            }
        )
    }
}

extension ZoneFigures.Dwell {
    fileprivate init(_ row: Dwell.Row) {
        self.init(
            lowerQuartile: Int(row.lowerQuartile),
            median: Int(row.median),
            upperQuartile: Int(row.upperQuartile),
            returnShare: row.returnShare
        )
    }
}
