import Models

/// A kind of question in the proximity benchmark, with a radius of five metres.
struct ProximityWork: Hashable {
    /// The name in files.
    let name: String
    /// The title in tables.
    let title: String
    /// The number of days.
    let days: Int
    /// The maximum time between the two locations in milliseconds; `nil` for no bound.
    let within: Int64?

    /// The radius in metres.
    static let radius = 5.0
    /// Number of consecutive repetitions of each question.
    static let repeats = 3
    /// The maximum time of co-locations in milliseconds.
    static let coPresence: Int64 = 60_000

    /// The contacts of one person, with different numbers of days and time bounds.
    static let contacts = [
        ProximityWork(name: "day60", title: "one person, co-presence 60 s, one day", days: 1, within: coPresence),
        ProximityWork(name: "all60", title: "one person, co-presence 60 s, five days", days: 5, within: coPresence),
        ProximityWork(name: "day", title: "one person, one day, no time bound", days: 1, within: nil),
        ProximityWork(name: "all", title: "one person, five days, no time bound", days: 5, within: nil),
    ]

    /// The time range: the middle day, or all days.
    func window(of data: ProximityData) -> ClosedRange<Int64> {
        let first = data.start + (days == 1 ? 2 : 0) * ProximityData.day
        return first...first + Int64(days) * ProximityData.day - 1
    }

    /// The same as a window for the index.
    func timeWindow(of data: ProximityData) throws -> TimeWindow {
        let window = window(of: data)
        let (start, end) = (window.lowerBound * 1_000, (window.upperBound + 1) * 1_000)
        guard let window = TimeWindow(start: Timestamp(microseconds: start), end: Timestamp(microseconds: end)) else {
            throw BenchmarkFailure(description: "The window of time is reversed.")
        }
        return window
    }
}
