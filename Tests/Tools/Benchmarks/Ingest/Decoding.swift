import Geospatial
import JSON
import Models

/// Parses and validates locations in JSON on one core.
struct Decoding {
    /// The goal in locations a second.
    private static let goal = 1_000_000.0

    let reports: ArraySlice<LocationReport>

    /// Measures.
    ///
    /// - Parameter rounds: the number of rounds.
    /// - Returns: a row whose peer is the goal.
    /// - Throws: if a location is invalid.
    func row(rounds: Int) throws -> BenchmarkRow {
        let text = Array(("[" + reports.map(RESTIngest.json).joined(separator: ",") + "]").utf8)
        var rates: [Double] = []
        for _ in 0..<rounds {
            let began = ContinuousClock.now
            var count = 0
            var reader = JSONReader(text)
            try reader.beginArray()
            while try reader.nextElement() {
                let report = try LocationReport(from: &reader, now: Timestamp(microseconds: 1_900_000_000_000_000))
                count += report.personID.rawValue > 0 ? 1 : 0
            }
            try reader.finish()
            guard count == reports.count else { throw BenchmarkFailure(description: "locations were lost") }
            rates.append(Double(count) / (ContinuousClock.now - began).seconds)
        }
        return BenchmarkRow(
            work: "reading JSON, one core (a million a second)",
            ours: rates.median,
            peer: Self.goal,
            unit: "locations/s",
            goal: 1
        )
    }
}
