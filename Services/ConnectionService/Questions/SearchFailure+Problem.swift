package import HTTPServer
import Models
package import Proximity

extension SearchFailure: ProblemConvertible {
    /// 422 if the question is too wide, 503 if the search was stopped.
    package var problem: Problem { problem(narrowing: []) }

    /// The same problem, with the parameters that make the question wide.
    func problem(narrowing fields: [ProblemField]) -> Problem {
        guard case .exceeded(let resource, let limit) = self else { return .unavailable("The search was stopped.") }
        return Problem(.unprocessableContent, "The question is too wide: \(resource.bound(limit))", errors: fields)
    }
}

extension SearchFailure.Resource {
    fileprivate func bound(_ limit: Int) -> String {
        switch self {
        case .pairs: "its answer rests on more than \(limit) pairs of locations, stays or moves."
        case .trail: "it is about more than \(limit) locations of one person."
        case .results: "its answer has more than \(limit) entries."
        case .past: "more than \(limit) locations before the index's first day may be close."
        case .time: "its answer takes more than \(limit) seconds of computing."
        }
    }
}

/// The parameters of a question that can be narrowed.
struct QuestionWidth {
    /// The radius.
    let distance: Radius
    /// The time apart; `nil` if the question has none.
    let within: TimeApart?
    /// The name of the parameter that ends the time range.
    let end: String

    /// Runs a search; names the parameters to narrow if the question is too wide.
    func explain<Value>(_ search: () async throws -> Value) async throws -> Value {
        do {
            return try await search()
        } catch let failure as SearchFailure {
            throw failure.problem(narrowing: fields)
        }
    }

    private var fields: [ProblemField] {
        var fields: [ProblemField] = []
        if distance.metres > Radius.standard.metres {
            let metres = distance.metres.shortDescription
            fields.append(.parameter("distance", "Expected a smaller distance than \(metres) m."))
        }
        if let within, within.microseconds > TimeApart.standard.microseconds {
            let seconds = (Double(within.microseconds) / 1_000_000).shortDescription
            fields.append(.parameter("within", "Expected less time than \(seconds) s."))
        }
        fields.append(.parameter(end, "Expected a shorter time."))
        return fields
    }
}
