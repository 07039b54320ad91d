import Models

/// Cuts a window of time into slices, at midnight in any case.
struct TimeSlices {
    /// How long the next slices are at most, in microseconds.
    var length: Int64

    private var start: Timestamp
    private let end: Timestamp

    /// Starts at the start of a window.
    init(of window: TimeWindow, length: Int64) {
        self.length = length
        (start, end) = (window.start, window.end)
    }

    /// The next slice; `nil` at the end of the window.
    mutating func next() -> TimeWindow? {
        guard start < end else { return nil }
        let midnight = CalendarDate(daysSince1970: start.day.daysSince1970 + 1).microseconds
        let slice = TimeWindow(
            start: start,
            end: Timestamp(microseconds: min(start.microseconds + length, midnight, end.microseconds))
        )
        start = slice?.end ?? end
        return slice
    }
}
