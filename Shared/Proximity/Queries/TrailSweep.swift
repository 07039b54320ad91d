internal import Geospatial
internal import Models

/// A person's own locations, sorted for comparison with the cells of some segments.
///
/// Instead of looking up the cells around each own location, it visits each reached band and column of the segments once, with
/// the own locations that reach it. Sorting takes O(n log n). A sweep takes O(reached cells + own locations × bands in reach).
struct TrailSweep {
    /// An own location.
    struct Own {
        /// Steps eastwards from the antimeridian.
        ///
        /// Negative or more than a turn if the location is seen across the antimeridian.
        var easting: Int64
        /// Degrees × 10⁷.
        let latitude: Int32
        /// The index in the trail.
        let number: Int32
    }

    /// A cell with its parts in the segments and the own locations near it.
    struct Cell {
        /// The segments with locations in the cell, and its position in each.
        let parts: UnsafeBufferPointer<Part>
        /// The southern edge.
        let south: Int64
        /// The western edge, as an easting.
        let west: Int64
        /// The binary logarithm of its width in steps.
        let columnShift: Int64
        /// The zone of its band.
        let zone: ContactZone
        /// The own locations within reach of some place in the cell.
        let near: UnsafeBufferPointer<Own>
    }

    /// A cell of one segment.
    struct Part {
        /// The index of the segment.
        let segment: Int
        /// The position of the cell in the segment.
        var position: Int
    }

    private let radius: Double
    /// Ordered by band, then by easting.
    private let own: [Own]
    /// The bands with own locations, and the start of each.
    private let groups: [(band: Int32, start: Int)]
    /// Number of bands in reach to the north and south.
    private let reach: Int32

    /// Sorts a trail, or a part of it.
    ///
    /// - Parameters:
    ///   - trail: the locations.
    ///   - part: the range of the trail to use.
    ///   - radius: metres.
    init(_ trail: [TrailPoint], _ part: Range<Int>, radius: Double) {
        self.radius = radius
        var keys: [(key: UInt64, own: Own)] = []
        keys.reserveCapacity(part.count)
        for number in part {
            let coordinate = trail[number].coordinate
            let (latitude, longitude) = (coordinate.latitude.rawValue, coordinate.longitude.rawValue)
            let own = Own(
                easting: IndexGrid.easting(longitude),
                latitude: latitude,
                number: Int32(truncatingIfNeeded: number)
            )
            keys.append((UInt64(IndexGrid.band(latitude)) << 32 | UInt64(own.easting), own))
        }
        keys.sort { $0.key < $1.key }
        own = keys.map(\.own)
        var groups: [(band: Int32, start: Int)] = []
        for (index, (key, _)) in keys.enumerated() where groups.last?.band != Int32(truncatingIfNeeded: key >> 32) {
            groups.append((Int32(truncatingIfNeeded: key >> 32), index))
        }
        self.groups = groups
        reach = Int32((ContactZone(latitudes: 0...0, radius: radius).reachNorth >> IndexGrid.shift) + 1)
    }

    /// Calls `visit` with each cell of some segments within reach of an own location, in order.
    func forEachCell(
        of segments: [Segment],
        _ visit: (Cell) throws(SearchFailure) -> Void
    ) throws(SearchFailure) {
        var near: [Own] = []
        near.reserveCapacity(own.count)
        var walk = BandWalk(segments)
        var (firstGroup, block) = (0, Int32.min)
        var zone = ContactZone(latitudes: 0...0, radius: radius)
        for group in groups {
            walk.skip(to: group.band - reach)
            while let band = walk.band, band <= group.band + reach {
                while groups[firstGroup].band < band - reach { firstGroup += 1 }
                if band >> Self.blockShift != block {
                    block = band >> Self.blockShift
                    zone = Self.zone(ofBlock: block, radius: radius)
                }
                gather(into: &near, round: band, from: firstGroup, zone)
                try near.withUnsafeBufferPointer { near throws(SearchFailure) in
                    try walk.forEachCell(near: near, zone, visit)
                }
            }
        }
    }

    /// The binary logarithm of the number of bands, 365 m together, that share a zone.
    ///
    /// At a radius of 5 m, the undecided ring is then 0.3 mm wide. Creating a zone costs as much as searching about ten cells.
    private static let blockShift: Int32 = 4

    private static func zone(ofBlock block: Int32, radius: Double) -> ContactZone {
        let south = IndexGrid.south(of: block << blockShift)
        let north = min(IndexGrid.south(of: (block + 1) << blockShift) - 1, IndexGrid.quarterTurn)
        return ContactZone(latitudes: south...north, radius: radius)
    }

    /// Collects the own locations within reach of a band, by easting.
    private func gather(into near: inout [Own], round band: Int32, from firstGroup: Int, _ zone: ContactZone) {
        near.removeAll(keepingCapacity: true)
        let latitudes =
            IndexGrid.south(of: band) - zone.reachNorth...IndexGrid.south(of: band + 1) - 1 + zone.reachNorth
        var (group, sources) = (firstGroup, 0)
        while group < groups.count, groups[group].band <= band + reach {
            let end = group + 1 < groups.count ? groups[group + 1].start : own.count
            sources += 1
            for own in own[groups[group].start..<end] where latitudes.contains(Int64(own.latitude)) {
                near.append(own)
                // Add the location as seen across the antimeridian, unless everything is in reach anyway.
                guard zone.reachEast < IndexGrid.turn else { continue }
                var other = own
                if own.easting <= zone.reachEast {
                    other.easting += IndexGrid.turn
                } else if own.easting >= IndexGrid.turn - zone.reachEast {
                    other.easting -= IndexGrid.turn
                } else {
                    continue
                }
                near.append(other)
                sources += 1
            }
            group += 1
        }
        if sources > 1 { near.sort { $0.easting < $1.easting } }
    }
}

/// Walks through several segments together, band by band and cell by cell.
///
/// It uses only the segments' directories, which are plain memory. The caller must keep the segments alive.
private struct BandWalk {
    private let bands: [Directory<Int32>]
    private let cells: [Directory<UInt32>]
    /// The current band in each segment.
    private var positions: [Int]
    /// The current cell in each segment that contains the band, and the band's end there.
    private var next: [TrailSweep.Part] = []
    private var ends: [Int] = []
    /// The segments that contain the current cell.
    private var parts: [TrailSweep.Part] = []

    init(_ segments: [Segment]) {
        bands = segments.map(\.columns.bands)
        cells = segments.map(\.columns.cells)
        positions = segments.map { _ in 0 }
    }

    /// The next band in any segment.
    var band: Int32? {
        var least: Int32?
        for index in bands.indices where positions[index] < bands[index].count {
            least = min(least ?? .max, bands[index].keys[positions[index]])
        }
        return least
    }

    /// Advances to a band, or the next one after it.
    mutating func skip(to band: Int32) {
        for index in bands.indices {
            positions[index] = bands[index].position(of: band, in: positions[index]..<bands[index].count)
        }
    }

    /// Calls `visit` with each cell of the next band within reach of an own location, and advances past the band.
    mutating func forEachCell(
        near: UnsafeBufferPointer<TrailSweep.Own>,
        _ zone: ContactZone,
        _ visit: (TrailSweep.Cell) throws(SearchFailure) -> Void
    ) throws(SearchFailure) {
        guard let band else { return }
        take(band)
        let shift = IndexGrid.columnShift(of: band)
        var (first, end) = (0, 0)
        while let column {
            let west = Int64(column) << shift
            let east = west + (1 << shift - 1)
            while first < near.count, near[first].easting + zone.reachEast < west { first += 1 }
            guard first < near.count else { return }
            let nearest = near[first].easting - zone.reachEast
            guard nearest <= east else {
                // Skip the cells west of the reach of the next own location.
                skip(toColumn: UInt32(truncatingIfNeeded: max(nearest, 0) >> shift))
                continue
            }
            end = max(end, first)
            while end < near.count, near[end].easting - zone.reachEast <= east { end += 1 }
            take(column: column)
            try parts.withUnsafeBufferPointer { parts throws(SearchFailure) in
                try visit(
                    TrailSweep.Cell(
                        parts: parts,
                        south: IndexGrid.south(of: band),
                        west: west,
                        columnShift: shift,
                        zone: zone,
                        near: UnsafeBufferPointer(rebasing: near[first..<end])
                    )
                )
            }
        }
    }

    /// Positions the walk at the cells of a band in the segments that contain it, and advances past the band.
    private mutating func take(_ band: Int32) {
        next.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        for index in bands.indices {
            let position = positions[index]
            guard position < bands[index].count, bands[index].keys[position] == band else { continue }
            next.append(TrailSweep.Part(segment: index, position: Int(bands[index].starts[position])))
            ends.append(Int(bands[index].starts[position + 1]))
            positions[index] += 1
        }
    }

    /// The next column of the band in any segment.
    private var column: UInt32? {
        var least: UInt32?
        for index in next.indices where next[index].position < ends[index] {
            least = min(least ?? .max, cells[next[index].segment].keys[next[index].position])
        }
        return least
    }

    private mutating func skip(toColumn column: UInt32) {
        for index in next.indices where next[index].position < ends[index] {
            let cells = cells[next[index].segment]
            next[index].position = cells.position(of: column, in: next[index].position..<ends[index])
        }
    }

    /// Collects the segments that contain the next column, and advances past it.
    private mutating func take(column: UInt32) {
        parts.removeAll(keepingCapacity: true)
        for index in next.indices where next[index].position < ends[index] {
            guard cells[next[index].segment].keys[next[index].position] == column else { continue }
            parts.append(next[index])
            next[index].position += 1
        }
    }
}
