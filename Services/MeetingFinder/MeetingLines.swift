import Geospatial
import JSON
import Presence
import Proximity

extension PresenceMap {
    /// The meetings of some persons with persons of higher numbers, by several tasks.
    ///
    /// - Throws: Never, because the search has no budget.
    func meetings(ofPersonsAt places: Range<Int>, _ rule: MeetingRule, workers: Int) async throws -> [PersonMeeting] {
        let size = (places.count + workers - 1) / max(workers, 1)
        return try await withThrowingTaskGroup(of: (Int, [PersonMeeting]).self) { group in
            for start in stride(from: places.lowerBound, to: places.upperBound, by: max(size, 1)) {
                let part = start..<min(start + size, places.upperBound)
                group.addTask { (start, try answers(ofPersonsAt: part, rule).flatMap(\.meetings)) }
            }
            return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.flatMap(\.1)
        }
    }
}

extension PersonMeeting {
    /// Writes a line of JSON with the names of `GET /api/encounters`, times in microseconds since 1970 and numbers unrounded.
    func writeLine(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("first", first)
            writer.member("second", second)
            writer.member("start", start)
            writer.member("end", end)
            writer.member("together", seconds)
            writer.member("probability", probability)
            writer.member("distance", distance)
            writer.member("distance_deviation", deviation)
            writer.member("fixes", fixes)
            writer.member("significance", evidence)
            writer.member("longitude", place.longitude.degrees)
            writer.member("latitude", place.latitude.degrees)
        }
        writer.endLine()
    }
}
