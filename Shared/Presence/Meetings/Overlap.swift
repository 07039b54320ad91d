/// Two segments of two persons that overlap in time and lie near each other.
package struct Overlap: Hashable, Sendable {
    /// What overlaps.
    package enum Kind: Hashable, Sendable {
        /// Two stays, by their places in the map.
        case stays(first: Int32, second: Int32)
        /// Two moves, by their places in the map, in an interval in which the distance hardly changed.
        case moves(first: Int32, second: Int32, start: Int64, end: Int64)
    }

    /// The person with the lower number.
    package let first: Int32
    /// The person with the higher number.
    package let second: Int32
    /// What overlaps.
    package let kind: Kind
    /// How far apart the two were measured, in metres.
    package let distance: Float
    /// The standard deviation of that in each direction, in metres.
    package let deviation: Float
    /// Persons a square metre around the two.
    let density: Float
    /// Companions that a person has there.
    let companions: Float
    /// How probable it is that the two were within the distance while both were there.
    package internal(set) var probability: Float
    /// How probable it is that they were there because of each other.
    package internal(set) var companionship: Float
}

/// A part of an overlap, in which both were there with the same probability.
package struct OverlapPiece: Hashable, Sendable {
    /// Microseconds since 1970.
    package var start: Int64
    /// Microseconds since 1970.
    package var end: Int64
    /// How probable it is that the two were together, at each moment.
    package var probability: Double
    /// The overlap, by its place in the list.
    package let overlap: Int

    /// Expected seconds together.
    package var expectedSeconds: Double { Double(end - start) / 1_000_000 * probability }

    /// The part within a window; `nil` if it has none.
    func clipped(to window: Range<Int64>) -> OverlapPiece? {
        var piece = self
        piece.start = max(start, window.lowerBound)
        piece.end = min(end, window.upperBound)
        return piece.start < piece.end ? piece : nil
    }
}
