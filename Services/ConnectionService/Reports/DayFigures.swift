import Venue

/// The figures of a day of an event: each has at least five persons behind it, and names no person.
///
/// Zones and sessions are there with their names of then. Times are local ones with their offset.
struct DayFigures: Hashable, Sendable {
    /// The published number of persons who visited a zone; `nil` if it is hidden, as all missing figures.
    var visitors: Int?
    /// The zones with a published figure, those with the most visitors first.
    var zones: [ZoneFigures] = []
    /// The sessions that begin on the day, in order of time.
    var sessions: [SessionFigures] = []
    /// The flows between zones with a published figure, the most frequent first.
    var flows: [FlowFigures] = []
    var peopleMet: PeopleMet?

    /// The version of this format.
    static let format: Int16 = 1
    /// The largest memory of the rows of a table, in bytes; the last rows are left out.
    private static let largestTable = 128 << 10

    /// The first rows of a table, within its bound.
    static func bounded<Row: SizedRow>(_ rows: [Row]) -> [Row] {
        var size = 0
        return Array(
            rows.prefix { row in
                size += row.size
                return size <= largestTable
            }
        )
    }
}

/// The name of a zone.
struct ZoneName: Hashable, Sendable {
    /// The organiser's identifier.
    let code: String
    let name: String

    fileprivate var size: Int { MemoryLayout<Self>.stride + code.utf8.count + name.utf8.count }
}

/// The visitors of a zone.
struct ZoneFigures: SizedRow, Hashable {
    let zone: ZoneName
    let visitors: Int?
    /// The first quarter of an hour with the most persons.
    let peak: Peak?
    let dwell: Dwell?

    /// The most persons in a quarter of an hour.
    struct Peak: Hashable, Sendable {
        let start: String
        let persons: Int
    }

    /// The durations of visits in seconds, multiples of a minute, and the share of visitors who came back.
    struct Dwell: Hashable, Sendable {
        let lowerQuartile: Int
        let median: Int
        let upperQuartile: Int
        let returnShare: Double
    }

    var size: Int { MemoryLayout<Self>.stride + zone.size }
}

/// The attendance of a session.
struct SessionFigures: SizedRow, Hashable {
    /// The organiser's identifier.
    let code: String
    let title: String
    let start: String
    let end: String
    let attendees: Int?

    var size: Int { MemoryLayout<Self>.stride + code.utf8.count + title.utf8.count }
}

/// The persons who went from one zone to another.
struct FlowFigures: SizedRow, Hashable {
    let from: ZoneName
    let to: ZoneName
    let persons: Int

    var size: Int { MemoryLayout<Self>.stride + from.size + to.size }
}
