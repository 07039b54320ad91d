internal import Geospatial

/// The grid of the index: bands of 2¹¹ steps of latitude (22.8 m), divided into columns of 11.4 to 22.8 m.
///
/// It differs from ``GridCell`` in two ways. Columns double at most ten times, to 6 km near a pole, so that a place within a
/// cell fits 32 bits: 11 for the latitude, 21 for the longitude. And 180° stays in the last column, so that the place
/// reproduces the stored coordinate.
enum IndexGrid {
    /// The binary logarithm of a cell's height in steps.
    static let shift: Int64 = 11
    /// Steps around the Earth.
    static let turn: Int64 = 3_600_000_000
    /// Steps from a pole to the equator.
    static let quarterTurn: Int64 = 900_000_000

    private static let mostDoublings: Int64 = 10
    private static let longitudeBits: UInt32 = 21

    /// The band of a latitude, counted from the south pole.
    @inline(__always)
    static func band(_ latitude: Int32) -> Int32 {
        Int32(truncatingIfNeeded: (Int64(latitude) + quarterTurn) >> shift)
    }

    /// The southern edge of a band.
    @inline(__always)
    static func south(of band: Int32) -> Int64 {
        Int64(band) << shift - quarterTurn
    }

    /// The binary logarithm of the width of a band's columns in steps.
    @inline(__always)
    static func columnShift(of band: Int32) -> Int64 {
        shift + min(GridCell.columnDoublings(south: south(of: band), height: 1 << shift), mostDoublings)
    }

    /// Steps from the antimeridian eastwards, from 0 to a whole turn.
    @inline(__always)
    static func easting(_ longitude: Int32) -> Int64 {
        Int64(longitude) + turn / 2
    }

    /// The place of a point within its cell.
    @inline(__always)
    static func place(_ latitude: Int32, _ longitude: Int32, columnShift: Int64) -> UInt32 {
        let north = UInt32(truncatingIfNeeded: (Int64(latitude) + quarterTurn) & (1 << shift - 1))
        let east = UInt32(truncatingIfNeeded: easting(longitude) & (1 << columnShift - 1))
        return north << longitudeBits | east
    }

    /// Steps north of the cell's southern edge.
    @inline(__always)
    static func north(_ place: UInt32) -> Int32 {
        Int32(truncatingIfNeeded: place >> longitudeBits)
    }

    /// Steps east of the cell's western edge.
    @inline(__always)
    static func east(_ place: UInt32) -> Int32 {
        Int32(truncatingIfNeeded: place & (1 << longitudeBits - 1))
    }
}
