/// Two segments of two persons that overlap in time and are near each other.
package struct Overlap: Hashable, Sendable {
    /// The overlapping segments.
    package enum Kind: Hashable, Sendable {
        /// Two stays, by their indices in the map.
        case stays(first: Int32, second: Int32)
        /// Two moves, by their indices in the map, in an interval of nearly constant distance.
        case moves(first: Int32, second: Int32, start: Int64, end: Int64)
    }

    /// The person with the lower number.
    package let first: Int32
    /// The person with the higher number.
    package let second: Int32
    /// The overlapping segments.
    package let kind: Kind
    /// The measured distance of the two, in metres.
    package let distance: Float
    /// The standard deviation of the distance in each direction, in metres.
    package let deviation: Float
    /// Density of persons around the two, per square metre.
    let density: Float
    /// The number of companions that a person has there.
    let companions: Float
    /// The probability that the two were within the distance while both were there.
    package internal(set) var probability: Float
    /// The probability that the two were there on purpose together.
    package internal(set) var companionship: Float
}

/// A part of an overlap with a constant probability that both were there.
package struct OverlapPiece: Hashable, Sendable {
    /// Microseconds since 1970.
    package var start: Int64
    /// Microseconds since 1970.
    package var end: Int64
    /// The probability, at each moment, that the two were together.
    package var probability: Double
    /// The index of the overlap.
    package let overlap: Int

    /// The expected time together in seconds.
    package var expectedSeconds: Double { Double(end - start) / 1_000_000 * probability }

    /// The part inside a window; `nil` if they do not overlap.
    func clipped(to window: Range<Int64>) -> OverlapPiece? {
        var piece = self
        piece.start = max(start, window.lowerBound)
        piece.end = min(end, window.upperBound)
        return piece.start < piece.end ? piece : nil
    }
}
