internal import Models

/// The locations of one day (UTC), or a part of them, which never change.
final class Segment: Sendable {
    /// The locations; whoever reads them holds the segment, which owns their memory.
    let columns: SegmentColumns
    /// How many bytes they take.
    let byteCount: Int

    /// Takes columns that nobody else owns.
    init(_ columns: SegmentColumns) {
        self.columns = columns
        byteCount = columns.byteCount
    }

    deinit {
        columns.deallocate()
    }

    /// The day that all the locations fall on.
    var day: CalendarDate { columns.day }
    /// How many locations there are.
    var count: Int { columns.count }
}
