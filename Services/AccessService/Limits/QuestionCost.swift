import Access
import HTTPServer
import Models
import RESTContract

extension Permission {
    /// The days of a question that cost units; a longer one costs no more, and one without `from` costs as much.
    static let longestQuestion: Int64 = 7

    /// What a request costs of the daily limit.
    ///
    /// - Parameters:
    ///   - query: the parameters; a malformed query costs as much as one without bounds.
    ///   - now: the current time, at which a question without `to` ends.
    /// - Returns: the units.
    func cost(of query: QueryParameters?, now: Timestamp) -> Int {
        guard unitsPerDay > 0 else { return units }
        return units + unitsPerDay * Int(Self.days(of: query, now: now))
    }

    /// The days that a question covers, of 24 hours, rounded up.
    private static func days(of query: QueryParameters?, now: Timestamp) -> Int64 {
        func moment(_ name: String) -> Timestamp? { query?[name].flatMap { Timestamp(pathParameter: $0[...]) } }
        guard let from = moment("from") else { return longestQuestion }
        // There are no locations of the future.
        let end = min(moment("to") ?? now, now)
        let days = -(from.microseconds - end.microseconds).dividedRoundingDown(by: CalendarDate.microsecondsPerDay)
        return min(max(1, days), longestQuestion)
    }
}
