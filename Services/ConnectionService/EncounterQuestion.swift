import HTTPServer
import Models
import Proximity
import RESTContract

/// What is asked about meetings: when, and what counts as one.
struct EncounterQuestion {
    let window: TimeWindow
    let rule: EncounterRule

    /// Reads `from`, `to`, `distance`, `within`, `gap` and `doubtful`.
    ///
    /// - Parameters:
    ///   - query: the parameters.
    ///   - plausibility: which locations count, unless doubtful ones are asked for as well.
    /// - Throws: a 400 problem that names the parameter that is wrong.
    init(_ query: QueryParameters, plausibility: Plausibility) throws(Problem) {
        window = try TimeWindow(query)
        let radius = try query.optional("distance", as: Radius.self) ?? .standard
        let within = try query.optional("within", as: TimeApart.self) ?? .standard
        let gap = try query.optional("gap", as: MeetingGap.self)
        let includesDoubtful = try query.optional("doubtful", as: Bool.self) ?? false
        guard var rule = EncounterRule(radius: radius, within: within, gap: gap) else {
            throw Problem(
                .badRequest,
                "A gap in a meeting cannot be shorter than the time between two locations that show it.",
                errors: [.parameter("gap", "Expected a number of seconds that is not less than within.")]
            )
        }
        if !includesDoubtful { rule.plausibility = plausibility }
        self.rule = rule
    }
}

extension TimeWindow {
    /// Reads `from` and `to`, either of which may be missing.
    ///
    /// - Throws: a 400 problem that names the parameter that is wrong.
    init(_ query: QueryParameters) throws(Problem) {
        let from = try query.optional("from", as: Timestamp.self) ?? Timestamp.supported.lowerBound
        let to = try query.optional("to", as: Timestamp.self) ?? Timestamp.supported.upperBound
        guard let window = TimeWindow(start: from, end: to) else {
            throw Problem(
                .badRequest,
                "The window of time is reversed.",
                errors: [.parameter("to", "Expected a moment that is not before from.")]
            )
        }
        self = window
    }
}
