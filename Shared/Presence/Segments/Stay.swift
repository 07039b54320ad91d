package import Geospatial

/// An interval in which a device remained at one place.
///
/// A device that reports now and then does not tell when it left. The stay lasts from its first to its last fix for sure;
/// before and behind there may be a fringe, in which the device was still there with a probability that falls from 1 to 0
/// in proportion to the time.
package struct Stay: Hashable, Sendable {
    /// Whose stay.
    package let key: TrailKey
    /// The time of the first fix, in microseconds since 1970.
    package let start: Int64
    /// The time of the last fix.
    package let end: Int64
    /// The mean place.
    package let coordinate: Coordinate
    /// The standard deviation of the mean place in each direction, in metres.
    package let deviation: Float
    /// How many fixes say so.
    package let fixes: Int32
    /// How many seconds before the start the device may have come.
    package internal(set) var fringeBefore: Float
    /// How many seconds behind the end the device may have left.
    package internal(set) var fringeBehind: Float

    /// The earliest moment at which the device may have been there.
    var earliest: Int64 { start - Int64(fringeBefore * 1_000_000) }
    /// The latest moment at which the device may have been there.
    var latest: Int64 { end + Int64(fringeBehind * 1_000_000) }
}
