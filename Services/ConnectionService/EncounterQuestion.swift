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
    ///   - longest: how long the window may be; `from` and `to` are required then.
    /// - Throws: a 400 problem that names the parameter that is wrong.
    init(
        _ query: QueryParameters,
        plausibility: Plausibility,
        longest: Duration? = nil
    ) throws(Problem) {
        window = if let longest { try TimeWindow(query, longest: longest) } else { try TimeWindow(query) }
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

    /// The parameters that make it wide.
    var width: QuestionWidth { QuestionWidth(distance: rule.radius, within: rule.within, end: "to") }
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

    /// Reads `from` and `to`, both of which are required.
    ///
    /// - Throws: a 400 problem that names the parameters that are missing or wrong, or that the window is too long.
    fileprivate init(_ query: QueryParameters, longest: Duration) throws(Problem) {
        let missing = ["from", "to"].filter { query[$0] == nil }
        guard missing.isEmpty else {
            throw Problem(
                .badRequest,
                "The window of time is missing from the query.",
                errors: missing.map { .parameter($0, "Missing; expected \(Timestamp.expectation).") }
            )
        }
        try self.init(query)
        guard Duration.microseconds(end.microseconds - start.microseconds) <= longest else {
            let seconds = longest.components.seconds
            throw Problem(
                .badRequest,
                "The window of time is too long.",
                errors: [.parameter("to", "Expected a moment that is at most \(seconds) seconds behind from.")]
            )
        }
    }
}
