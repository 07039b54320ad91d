import Geospatial
import JSON
import Models

/// Reading and checking locations as JSON, by one core and nothing else.
struct Decoding {
    /// Locations a second that a core is meant to read.
    private static let goal = 1_000_000.0

    let reports: ArraySlice<LocationReport>

    /// Measures.
    ///
    /// - Parameter rounds: how often.
    /// - Returns: a row; the peer is the figure that is aimed at.
    /// - Throws: if a location is not valid.
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
