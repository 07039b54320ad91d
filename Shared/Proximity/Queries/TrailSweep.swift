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

    /// Calls `visit` with each cell of some segments that some own location reaches, in order.
    func forEachCell(of segments: [Segment], _ visit: (Cell) -> Void) {
        var near: [Own] = []
        near.reserveCapacity(own.count)
        var row = Row(segments: segments)
        var (positions, firstGroup) = (segments.map { _ in 0 }, 0)
        for group in groups {
            for (index, segment) in segments.enumerated() {
                positions[index] = segment.bands.position(
                    of: group.band - reach,
                    in: positions[index]..<segment.bands.count
                )
            }
            while let band = Self.leastBand(of: segments, at: positions), band <= group.band + reach {
                while groups[firstGroup].band < band - reach { firstGroup += 1 }
                let south = IndexGrid.south(of: band)
                let zone = ContactZone(latitudes: south...south + (1 << IndexGrid.shift - 1), radius: radius)
                gather(into: &near, round: band, from: firstGroup, zone)
                row.begin(band, at: &positions)
                near.withUnsafeBufferPointer { row.forEachCell(near: $0, zone, visit) }
            }
        }
    }

    private static func leastBand(of segments: [Segment], at positions: [Int]) -> Int32? {
        var least: Int32?
        for (segment, position) in zip(segments, positions) where position < segment.bands.count {
            least = min(least ?? .max, segment.bands.keys[position])
        }
        return least
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
}

/// The cells of one band in several segments, walked through together.
private struct Row {
    let segments: [Segment]
    private var band: Int32 = 0
    /// Where the walk is in each segment that has the band, and where the band ends there.
    private var next: [TrailSweep.Part] = []
    private var ends: [Int] = []
    /// The segments that have the cell at which the walk is.
    private var parts: [TrailSweep.Part] = []

    init(segments: [Segment]) {
        self.segments = segments
    }

    /// Goes to the beginning of a band, and moves the positions of the segments that have it behind it.
    mutating func begin(_ band: Int32, at positions: inout [Int]) {
        self.band = band
        next.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        for (index, segment) in segments.enumerated() {
            guard positions[index] < segment.bands.count, segment.bands.keys[positions[index]] == band else { continue }
            let cells = segment.cells(ofBandAt: positions[index])
            next.append(TrailSweep.Part(segment: index, position: cells.lowerBound))
            ends.append(cells.upperBound)
            positions[index] += 1
        }
    }

    /// Calls `visit` with each cell that some own location reaches.
    mutating func forEachCell(
        near: UnsafeBufferPointer<TrailSweep.Own>,
        _ zone: ContactZone,
        _ visit: (TrailSweep.Cell) -> Void
    ) {
        let shift = IndexGrid.columnShift(of: band)
        var (first, end) = (0, 0)
        while let column = leastColumn() {
            let west = Int64(column) << shift
            let east = west + (1 << shift - 1)
            while first < near.count, near[first].easting + zone.reachEast < west { first += 1 }
            guard first < near.count else { return }
            let nearest = near[first].easting - zone.reachEast
            guard nearest <= east else {
                // No cell before the one that the next of the own locations reaches needs to be looked at.
                skip(to: UInt32(truncatingIfNeeded: max(nearest, 0) >> shift))
                continue
            }
            end = max(end, first)
            while end < near.count, near[end].easting - zone.reachEast <= east { end += 1 }
            take(column)
            parts.withUnsafeBufferPointer { parts in
                visit(
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

    private func leastColumn() -> UInt32? {
        var least: UInt32?
        for (index, part) in next.enumerated() where part.position < ends[index] {
            least = min(least ?? .max, segments[part.segment].cells.keys[part.position])
        }
        return least
    }

    private mutating func skip(to column: UInt32) {
        for (index, part) in next.enumerated() where part.position < ends[index] {
            next[index].position = segments[part.segment].cells.position(of: column, in: part.position..<ends[index])
        }
    }

    /// Collects those segments that have the least column, and goes on behind it.
    private mutating func take(_ column: UInt32) {
        parts.removeAll(keepingCapacity: true)
        for (index, part) in next.enumerated() where part.position < ends[index] {
            guard segments[part.segment].cells.keys[part.position] == column else { continue }
            parts.append(part)
            next[index].position += 1
        }
    }
}
