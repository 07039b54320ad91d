import HTTPServer
import Models
import Presence
import Proximity
import RESTContract

/// The parameters of a question about meetings: a time window and a rule.
struct MeetingQuestion: Sendable {
    /// The rule, including the time window.
    let rule: MeetingRule
    /// The time window.
    let window: TimeWindow
    /// The event to which the question is limited; `nil` for all places.
    let scope: EventScope?
    /// What the answer may show of others; `nil` for everything.
    var view: LimitedView?

    /// Reads `from`, `to`, `distance`, `gap`, `least`, `probability` and `event`.
    ///
    /// - Parameters:
    ///   - query: the parameters.
    ///   - events: the events that `event` may name; `nil` if the question cannot be limited to one.
    ///   - longest: the maximum length of the window; if set, `from` and `to` are required.
    ///   - view: what the answer may show of others; it limits the rule.
    /// - Throws: a 400 problem that names the invalid parameter, 404 if there is no such event, or 422 if the distance is too
    ///   large.
    init(
        _ query: QueryParameters,
        at events: EventDirectory.State? = nil,
        longest: Duration? = nil,
        as view: LimitedView? = nil
    ) throws(Problem) {
        let asked = if let longest { try TimeWindow(query, longest: longest) } else { try TimeWindow(query) }
        if let events, let event = try query.optional("event", as: EventID.self) {
            scope = EventScope(try events.known(event))
        } else {
            scope = nil
        }
        window = scope?.clamped(asked) ?? asked
        var rule = MeetingRule()
        if let distance = try query.optional("distance", as: Radius.self)?.metres {
            guard distance <= Self.greatestDistance else { throw Problem.tooFarApart }
            rule.distance = max(distance, MeetingRule.distances.lowerBound)
        }
        if let gap = try query.optional("gap", as: MeetingGap.self) { rule.gap = Double(gap.microseconds) / 1_000_000 }
        if let least = try query.optional("least", as: LeastDuration.self) { rule.least = least.seconds }
        if let probability = try query.optional("probability", as: Probability.self) {
            rule.probability = max(probability.value, rule.leastProbability)
        }
        if view != nil { try rule.limit() }
        self.view = view
        rule.window = window.microseconds
        self.rule = rule
    }

    /// A question about a window, limited to an event if there is a scope.
    init(_ window: TimeWindow, _ rule: MeetingRule = MeetingRule(), at scope: EventScope? = nil) {
        self.window = scope?.clamped(window) ?? window
        self.scope = scope
        var rule = rule
        rule.window = self.window.microseconds
        self.rule = rule
    }

    /// Runs a search.
    ///
    /// If the question is too wide, the problem names the parameter to narrow.
    static func explain<Value>(_ search: () async throws -> Value) async throws -> Value {
        do {
            return try await search()
        } catch let failure as SearchFailure {
            throw failure.problem(narrowing: [.parameter("to", "Expected a shorter time.")])
        }
    }

    /// Maximum distance of a rule, in metres.
    static let greatestDistance = MeetingRule.distances.upperBound
}

/// The minimum duration of a meeting: `least`.
struct LeastDuration: PathParameter {
    /// In seconds.
    let seconds: Double

    init?(pathParameter: Substring) {
        guard let seconds = Double(pathParameter: pathParameter), (0...86_400).contains(seconds) else { return nil }
        self.seconds = seconds
    }

    static var expectation: String { "a number of seconds from 0 to 86400" }
}

/// The minimum probability of a meeting: `probability`.
struct Probability: PathParameter {
    /// From 0 to 1.
    let value: Double

    init?(pathParameter: Substring) {
        guard let value = Double(pathParameter: pathParameter), (0...1).contains(value) else { return nil }
        self.value = value
    }

    static var expectation: String { "a number from 0 to 1" }
}

extension MeetingRule {
    /// Checks that the rule is one for a limited view.
    fileprivate mutating func limit() throws(Problem) {
        let bounds: [(name: String, value: Double, bound: Double)] = [
            ("distance", distance, LimitedView.greatestDistance), ("gap", gap, LimitedView.greatestGap),
        ]
        let errors = bounds.filter { $0.value > $0.bound }.map { name, _, bound in
            ProblemField.parameter(name, "Expected at most \(Int(bound)) for this identity.")
        }
        guard errors.isEmpty else {
            throw Problem(.unprocessableContent, "The question is wider than this identity may ask.", errors: errors)
        }
        least = max(least, LimitedView.leastDuration)
    }
}

extension Problem {
    fileprivate static let tooFarApart = Problem(
        .unprocessableContent,
        "The question is too wide: persons more than \(Int(MeetingQuestion.greatestDistance)) m apart do not meet.",
        errors: [.parameter("distance", "Expected at most \(Int(MeetingQuestion.greatestDistance)) metres.")]
    )
}

extension TimeWindow {
    /// Reads `from` and `to`, either of which may be missing.
    ///
    /// - Throws: a 400 problem that names the invalid parameter.
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
    /// - Throws: a 400 problem that names missing and invalid parameters or a window that is too long.
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
                errors: [.parameter("to", "Expected a moment that is at most \(seconds) seconds after from.")]
            )
        }
    }
}
