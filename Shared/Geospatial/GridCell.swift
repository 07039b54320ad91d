/// A cell of the fixed grid of locations, in memory and in the database.
///
/// The grid uses shifts only, so every machine always assigns a point to the same cell: bands of 2¹¹ steps of
/// latitude (22.8 m), each cut into columns of 2¹¹ steps of longitude, doubled wherever the parallels have shrunk to a
/// half, a quarter, … of the equator. A column is thus 11.4 to 22.8 m wide at every latitude but the last metres to a
/// pole.
package struct GridCell: Hashable, Comparable, Sendable {
    /// The band from the south in the upper bits, the column from the antimeridian eastwards in the lower 21.
    ///
    /// Neighbours in a band have adjacent numbers, except at the antimeridian. Each stored location has its cell, so
    /// the grid must never change.
    package let rawValue: Int64

    /// A cell as stored.
    package init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// The cell of a point.
    package init(_ coordinate: Coordinate) {
        let band = Self.band(coordinate.latitude.rawValue)
        self.init(band: band, column: Self.column(coordinate.longitude.rawValue, band: band))
    }

    package static func < (left: GridCell, right: GridCell) -> Bool {
        left.rawValue < right.rawValue
    }

    /// Calls `visit` with each run of cells that a box touches: one or two per band, from south to north.
    package static func forEachRun(in box: BoundingBox, _ visit: (ClosedRange<GridCell>) -> Void) {
        for band in Self.band(box.latitudes.lowerBound)...Self.band(box.latitudes.upperBound) {
            visit(run(box.longitudes.first, band: band))
            if let second = box.longitudes.second { visit(run(second, band: band)) }
            // 180° belongs to the cell of −180°, so a run that ends there continues in the first column.
            if max(box.longitudes.first.upperBound, box.longitudes.second?.upperBound ?? .min) == halfTurn {
                visit(GridCell(band: band, column: 0)...GridCell(band: band, column: 0))
            }
        }
    }

    private static let shift: Int64 = 11
    private static let columnBits: Int64 = 21
    private static let halfTurn: Int32 = 1_800_000_000

    /// acos 2⁻ʲ in degrees × 10⁷ for j = 1, 2, …: the latitudes at which parallels have shrunk to a half, a quarter, ….
    private static let halvings: [Int64] = [
        600_000_000, 755_224_879, 828_192_443, 864_166_784, 882_092_154, 891_047_171, 895_523_722,
        897_761_878, 898_880_942, 899_440_471, 899_720_236, 899_860_118, 899_930_059, 899_965_030,
        899_982_515, 899_991_258, 899_995_629, 899_997_815, 899_998_908, 899_999_454, 899_999_727,
    ]

    private init(band: Int64, column: Int64) {
        rawValue = band << Self.columnBits | column
    }

    private static func band(_ latitude: Int32) -> Int64 {
        (Int64(latitude) + 900_000_000) >> shift
    }

    private static func column(_ longitude: Int32, band: Int64) -> Int64 {
        let east = longitude == halfTurn ? 0 : Int64(longitude) + Int64(halfTurn)
        return east >> (shift + doublings(band: band))
    }

    /// How often the columns of a band have doubled, by the latitude of its side towards the equator.
    private static func doublings(band: Int64) -> Int64 {
        columnDoublings(south: band << shift - 900_000_000, height: 1 << shift)
    }

    /// How often the parallel at a band's side towards the equator has halved since the equator.
    ///
    /// - Parameters:
    ///   - south: the band's minimum latitude in degrees × 10⁷.
    ///   - height: the band's height in degrees × 10⁷.
    /// - Returns: how often, from 0 to 21.
    package static func columnDoublings(south: Int64, height: Int64) -> Int64 {
        let nearest = south >= 0 ? south : max(0, -(south + height))
        // The first comparison decides where nearly all people live.
        var count: Int64 = 0
        while count < halvings.count, nearest >= halvings[Int(count)] { count += 1 }
        return count
    }

    private static func run(_ longitudes: ClosedRange<Int32>, band: Int64) -> ClosedRange<GridCell> {
        // The eastern end must not belong to −180°.
        let east = min(longitudes.upperBound, halfTurn - 1)
        let first = GridCell(band: band, column: column(min(longitudes.lowerBound, east), band: band))
        return first...GridCell(band: band, column: column(east, band: band))
    }
}
