package import Geospatial
package import Models

/// A true meeting: two attendees who were near each other for a while.
package struct Meeting: Hashable, Sendable {
    /// The first attendee in the list, by index.
    package let first: Int
    /// The other attendee, by index.
    package let second: Int
    /// The first second in which they were near.
    package let start: Timestamp
    /// The last second in which they were near.
    package let end: Timestamp
    /// The least distance between them, in metres.
    package let closest: Double
    /// The point half-way between them when they were closest.
    package let coordinate: Coordinate

    /// A meeting with its details.
    package init(
        first: Int,
        second: Int,
        start: Timestamp,
        end: Timestamp,
        closest: Double,
        coordinate: Coordinate
    ) {
        self.first = first
        self.second = second
        self.start = start
        self.end = end
        self.closest = closest
        self.coordinate = coordinate
    }

    /// Seconds from start to end.
    package var duration: Int {
        Int((end.microseconds - start.microseconds) / 1_000_000)
    }
}
