internal import Geospatial
internal import Models

/// A person's own locations, laid out to be compared with the cells of some segments, cell by cell.
///
/// Instead of looking up the cells round each own location, it walks the bands and columns of the segments that some own
/// location reaches, each once, together with those own locations that reach it. O(n log n) to make; a walk costs
/// O(reached cells + own locations × bands that they reach).
struct TrailSweep {
    /// A location of one's own.
    struct Own {
        /// Steps from the antimeridian eastwards; beyond a turn or below 0 if it is seen from the other side of it.
        var easting: Int64
        /// Degrees × 10⁷.
        let latitude: Int32
        /// Its place in the trail.
        let number: Int32
    }

    /// A cell, what segments have of it, and who is near it.
    struct Cell {
        /// Which of the segments have locations in the cell, and its position in each.
        let parts: UnsafeBufferPointer<Part>
        /// Its least latitude.
        let south: Int64
        /// Its least easting.
        let west: Int64
        /// The binary logarithm of its width in steps.
        let columnShift: Int64
        /// Decides about its band.
        let zone: ContactZone
        /// Those from which some place in the cell may be within the radius.
        let near: UnsafeBufferPointer<Own>
    }

    /// A cell of one segment.
    struct Part {
        /// Which of the segments.
        let segment: Int
        /// The cell's position in it.
        var position: Int
    }

    private let radius: Double
    /// By band, then by easting.
    private let own: [Own]
    /// The bands that have own locations, and where they start.
    private let groups: [(band: Int32, start: Int)]
    /// How many bands a location can reach to the north or south.
    private let reach: Int32

    /// Sorts a trail, or a part of it.
    ///
    /// - Parameters:
    ///   - trail: the locations.
    ///   - part: which of them.
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

    /// Calls `visit` with each cell of some segments that some own location reaches, in order.
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

    /// The binary logarithm of how many bands, 365 m together, share a zone: what the bound cannot decide is 0.3 mm wide
    /// then at a radius of 5 m, and a zone costs as much as some ten cells.
    private static let blockShift: Int32 = 4

    private static func zone(ofBlock block: Int32, radius: Double) -> ContactZone {
        let south = IndexGrid.south(of: block << blockShift)
        let north = min(IndexGrid.south(of: (block + 1) << blockShift) - 1, IndexGrid.quarterTurn)
        return ContactZone(latitudes: south...north, radius: radius)
    }

    /// Collects those that reach a band, by easting.
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
                // Seen from the other side of the antimeridian; where everything is reached, it already is.
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
/// It knows the segments' directories only, which are plain memory: whoever walks holds the segments.
private struct BandWalk {
    private let bands: [Directory<Int32>]
    private let cells: [Directory<UInt32>]
    /// Where the walk is in the bands of each segment.
    private var positions: [Int]
    /// Where it is in the cells of those segments that have the band, and where the band ends there.
    private var next: [TrailSweep.Part] = []
    private var ends: [Int] = []
    /// The segments that have the cell at which the walk is.
    private var parts: [TrailSweep.Part] = []

    init(_ segments: [Segment]) {
        bands = segments.map(\.columns.bands)
        cells = segments.map(\.columns.cells)
        positions = segments.map { _ in 0 }
    }

    /// The next band that some segment has.
    var band: Int32? {
        var least: Int32?
        for index in bands.indices where positions[index] < bands[index].count {
            least = min(least ?? .max, bands[index].keys[positions[index]])
        }
        return least
    }

    /// Goes on to a band, or the next behind it.
    mutating func skip(to band: Int32) {
        for index in bands.indices {
            positions[index] = bands[index].position(of: band, in: positions[index]..<bands[index].count)
        }
    }

    /// Calls `visit` with each cell of the next band that some own location reaches, and goes behind the band.
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
                // No cell before the one that the next of the own locations reaches needs to be looked at.
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

    /// Goes to the cells of a band in those segments that have it, and behind it in their bands.
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

    /// The next column that some segment has in the band.
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

    /// Collects those segments that have a column, which is the next, and goes on behind it.
    private mutating func take(column: UInt32) {
        parts.removeAll(keepingCapacity: true)
        for index in next.indices where next[index].position < ends[index] {
            guard cells[next[index].segment].keys[next[index].position] == column else { continue }
            parts.append(next[index])
            next[index].position += 1
        }
    }
}
