internal import Geospatial
internal import Models

/// A person's own locations, laid out to be compared with the cells of a segment, cell by cell.
///
/// Instead of looking up the cells round each own location, it walks the bands and columns of the segment that some own
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

    /// A cell of the segment, and who is near it.
    struct Cell {
        /// The cell's position.
        let position: Int
        /// Its least latitude.
        let south: Int64
        /// Its least easting.
        let west: Int64
        /// Decides about its band.
        let zone: ContactZone
        /// Those from which some place in the cell may be within the radius.
        let near: UnsafeBufferPointer<Own>
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
    init(_ trail: [Location], _ part: Range<Int>, radius: Double) {
        self.radius = radius
        var keys: [(key: UInt64, own: Own)] = []
        keys.reserveCapacity(part.count)
        for number in part {
            let coordinate = trail[number].report.coordinate
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

    /// Calls `visit` with each cell of a segment that some own location reaches, in order.
    func forEachCell(of segment: Segment, _ visit: (Cell) -> Void) {
        var near: [Own] = []
        near.reserveCapacity(own.count)
        var (position, firstGroup) = (0, 0)
        for group in groups {
            position = segment.bands.position(of: group.band - reach, in: position..<segment.bands.count)
            while position < segment.bands.count, segment.bands.keys[position] <= group.band + reach {
                let band = segment.bands.keys[position]
                while groups[firstGroup].band < band - reach { firstGroup += 1 }
                let south = IndexGrid.south(of: band)
                let zone = ContactZone(latitudes: south...south + (1 << IndexGrid.shift - 1), radius: radius)
                gather(into: &near, round: band, from: firstGroup, zone)
                near.withUnsafeBufferPointer {
                    forEachCell(ofBandAt: position, of: segment, zone, near: $0, visit)
                }
                position += 1
            }
        }
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
                for turn in [-IndexGrid.turn, IndexGrid.turn] {
                    let easting = own.easting + turn
                    guard (-zone.reachEast...IndexGrid.turn + zone.reachEast).contains(easting) else { continue }
                    near.append(Own(easting: easting, latitude: own.latitude, number: own.number))
                    sources += 1
                }
            }
            group += 1
        }
        if sources > 1 { near.sort { $0.easting < $1.easting } }
    }

    @inline(__always)
    private func forEachCell(
        ofBandAt position: Int,
        of segment: Segment,
        _ zone: ContactZone,
        near: UnsafeBufferPointer<Own>,
        _ visit: (Cell) -> Void
    ) {
        let band = segment.bands.keys[position]
        let shift = IndexGrid.columnShift(of: band)
        let cells = segment.cells(ofBandAt: position)
        var (cell, first, end) = (cells.lowerBound, 0, 0)
        while cell < cells.upperBound {
            let west = Int64(segment.cells.keys[cell]) << shift
            let east = west + (1 << shift - 1)
            while first < near.count, near[first].easting + zone.reachEast < west { first += 1 }
            guard first < near.count else { return }
            let nearest = near[first].easting - zone.reachEast
            guard nearest <= east else {
                // No cell before the one that the next of the own locations reaches needs to be looked at.
                let column = UInt32(truncatingIfNeeded: max(nearest, 0) >> shift)
                cell = segment.cells.position(of: column, in: cell + 1..<cells.upperBound)
                continue
            }
            end = max(end, first)
            while end < near.count, near[end].easting - zone.reachEast <= east { end += 1 }
            visit(
                Cell(
                    position: cell,
                    south: IndexGrid.south(of: band),
                    west: west,
                    zone: zone,
                    near: UnsafeBufferPointer(rebasing: near[first..<end])
                )
            )
            cell += 1
        }
    }
}
