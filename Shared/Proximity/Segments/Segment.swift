internal import Models

/// An immutable set of locations of one day (UTC).
final class Segment: Sendable {
    /// The locations.
    ///
    /// The segment owns their memory, so readers must keep it alive.
    let columns: SegmentColumns
    /// The memory of the columns in bytes.
    let byteCount: Int

    /// Takes ownership of columns.
    init(_ columns: SegmentColumns) {
        self.columns = columns
        byteCount = columns.byteCount
    }

    deinit {
        columns.deallocate()
    }

    /// The day of the locations.
    var day: CalendarDate { columns.day }
    /// The number of locations.
    var count: Int { columns.count }
}
