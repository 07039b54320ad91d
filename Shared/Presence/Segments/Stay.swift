package import Geospatial

/// An interval in which a device remained at one place.
///
/// The device was present from the first to the last fix. A device that reports rarely does not show exactly when it arrived
/// and left. Therefore a stay may have a fringe before and after, in which the probability of presence falls linearly from 1
/// to 0.
package struct Stay: Hashable, Sendable {
    /// The device that stayed.
    package let key: TrailKey
    /// The time of the first fix, in microseconds since 1970.
    package let start: Int64
    /// The time of the last fix.
    package let end: Int64
    /// The mean of the fixes.
    package let coordinate: Coordinate
    /// The standard deviation of the mean in each direction, in metres.
    package let deviation: Float
    /// The number of fixes.
    package let fixes: Int32
    /// The device may have arrived up to this many seconds before the start.
    package internal(set) var fringeBefore: Float
    /// The device may have left up to this many seconds after the end.
    package internal(set) var fringeBehind: Float

    /// The earliest moment at which the device may have been there.
    var earliest: Int64 { start - Int64(fringeBefore * 1_000_000) }
    /// The latest moment at which the device may have been there.
    var latest: Int64 { end + Int64(fringeBehind * 1_000_000) }
}
