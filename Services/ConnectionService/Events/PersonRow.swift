import HTTPServer
import Models
import Presence
import Proximity
import Venue

/// Another person in a list of people: met, or at the same sessions and zones at the same time.
struct PersonRow: RankedRow {
    /// The order of a list of people.
    enum Order: String, CaseIterable, Sendable, PathParameter {
        /// By the time near each other, of which chance encounters count half.
        case significance
        /// By the sessions and zones attended together.
        case attended

        static var expectation: String { "significance or attended" }
    }

    /// The other person.
    let other: Int32
    /// The meetings; `nil` without one.
    let met: PersonMet?
    /// The event with the most in common; `nil` if they attended nothing together.
    let attended: AttendedTogether?
    let order: Order

    func other(than person: Int32) -> Int32 { other }

    func rank(for person: PersonID) -> MeetingRank {
        let score =
            switch order {
            case .significance: met?.evidence ?? 0
            case .attended: attended?.common.weight ?? 0
            }
        return MeetingRank(
            significance: score,
            start: Timestamp(microseconds: 0),
            other: PersonID(stored: other)
        )
    }

    var size: Int {
        let parts = (attended?.common.sessions.count ?? 0) + (attended?.common.zones.count ?? 0)
        return MemoryLayout<Self>.stride + parts * MemoryLayout<CoAttendance.Part>.stride
            + (attended?.reason.utf8.count ?? 0)
    }

    /// The people that a person met or, with the order `attended`, the people that attended something together with the person,
    /// as a view shows them.
    ///
    /// - Throws: ``SearchFailure`` if the budget is exceeded.
    static func all(
        of person: PersonID,
        in map: PresenceMap,
        _ events: EventPresences,
        _ rule: MeetingRule,
        _ order: Order,
        at scope: EventScope? = nil,
        as view: LimitedView? = nil,
        budget: SearchBudget = SearchBudget()
    ) throws(SearchFailure) -> [PersonRow] {
        let own = person.rawValue
        var met: [Int32: PersonMet] = [:]
        let answers = try map.answers(of: own, rule, budget: budget, where: scope.filter(in: map, as: view))
        for answer in answers where answer.person.meetings > 0 {
            met[answer.person.other(than: own)] = answer.person
        }
        let window = rule.window ?? Int64.min..<Int64.max
        let comparisons = events.events.compactMap { AttendedTogether.Comparison(of: own, at: $0, during: window) }
        var others = Set(met.keys)
        if order == .attended { for comparison in comparisons { others.formUnion(comparison.event.histories.keys) } }
        others.remove(own)
        let start = Timestamp(microseconds: window.lowerBound)
        if let view { others = others.filter { met[$0] != nil || view.allows(.meet, $0, at: start) } }
        var rows: [PersonRow] = []
        for other in others.sorted() {
            let found = comparisons.compactMap { $0.common(with: other, nearSeconds: met[other]?.seconds ?? 0) }
            let attended = found.max { ($0.common.weight, $1.event) < ($1.common.weight, $0.event) }
            if order == .significance || attended != nil {
                let row = PersonRow(other: other, met: met[other], attended: attended, order: order)
                rows.append(view?.shown(row) ?? row)
            }
            try budget.check()
        }
        return rows
    }
}
