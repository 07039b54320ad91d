/// Which places in a cell are surely within the radius of some own location, and which are surely not.
///
/// A map of 16 by 16 parts of a cell, each a metre or so wide. Where many own locations lie near a cell, one look decides
/// about nearly every candidate; the others lie where the edge of the reached area runs.
struct ReachMap {
    /// What the map tells about a place.
    enum Verdict: UInt32 {
        /// No own location is near.
        case beyond = 0
        /// Some own location is near.
        case within = 0x1_0001
        /// Some may be.
        case unclear = 0x1_0000
    }

    /// A row from the south each; bit c for column c if all of the part is reached, bit 16 + c if some of it may be.
    private var rows = [UInt32](repeating: 0, count: 16)
    private var columnShift: UInt32 = 0

    /// Parts on a side of a cell.
    private static let side: Int32 = 16
    private static let rowShift = UInt32(IndexGrid.shift) - 4

    /// Draws the map of a cell.
    ///
    /// Makes sense where the zone knows what is beyond. About 150 ns an own location.
    mutating func draw(_ cell: TrailSweep.Cell) {
        columnShift = UInt32(truncatingIfNeeded: cell.columnShift) - 4
        for row in rows.indices { rows[row] = 0 }
        let (height, width) = (Float(1 << Self.rowShift), Float(1 << columnShift))
        for own in cell.near {
            let (north, east) = (Float(Int64(own.latitude) - cell.south), Float(own.easting - cell.west))
            let reach = Float(cell.zone.reachNorth)
            let first = Int32(max((north - reach) / height, 0))
            let last = Int32(min((north + reach) / height, Float(Self.side - 1)))
            guard first <= last else { continue }
            for row in first...last {
                let south = Float(row) * height
                let nearest = max(max(south - north, north - (south + height)), 0)
                let farthest = max(abs(north - south), abs(north - (south + height)))
                let possible = cell.zone.halfChord(at: nearest, within: cell.zone.outer) + 2
                let certain = cell.zone.halfChord(at: farthest, within: cell.zone.inner) - 2
                rows[Int(row)] |=
                    Self.columns((east - possible) / width, (east + possible) / width) << 16
                    | Self.columns(((east - certain) / width).rounded(.up), ((east + certain) / width) - 1)
            }
        }
    }

    /// What the map tells about a place in the cell; see ``IndexGrid/place(_:_:columnShift:)``.
    @inline(__always)
    func verdict(_ place: UInt32) -> Verdict {
        withRows { $0.verdict(place) }
    }

    /// Calls `body` with the map, to be asked about many places.
    @inline(__always)
    func withRows<Result>(_ body: (Rows) -> Result) -> Result {
        rows.withUnsafeBufferPointer { body(Rows(rows: $0, columnShift: columnShift)) }
    }

    /// A map that is read.
    struct Rows {
        fileprivate let rows: UnsafeBufferPointer<UInt32>
        fileprivate let columnShift: UInt32

        /// What the map tells about a place in the cell; see ``IndexGrid/place(_:_:columnShift:)``.
        @inline(__always)
        func verdict(_ place: UInt32) -> Verdict {
            let row = rows[Int(UInt32(bitPattern: IndexGrid.north(place)) >> ReachMap.rowShift)]
            let column = UInt32(bitPattern: IndexGrid.east(place)) >> columnShift
            return Verdict(rawValue: (row >> column) & Verdict.within.rawValue) ?? .unclear
        }
    }

    /// The bits of the columns from one on through another, of those that there are.
    @inline(__always)
    private static func columns(_ first: Float, _ last: Float) -> UInt32 {
        guard last >= 0, first < Float(side), first <= last else { return 0 }
        let (first, last) = (UInt32(max(first, 0)), UInt32(min(last, Float(side - 1))))
        return first > last ? 0 : (2 << last) - (1 << first)
    }
}

extension ContactZone {
    /// How many steps to the east U² stays within a bound at so many steps to the north; less than 0 if it never does.
    @inline(__always)
    fileprivate func halfChord(at north: Float, within bound: Float) -> Float {
        let rest = bound - (north * metresNorth) * (north * metresNorth)
        return rest < 0 ? -.infinity : rest.squareRoot() / metresEast
    }
}
