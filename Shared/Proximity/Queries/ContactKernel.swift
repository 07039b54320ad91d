internal import Geospatial
internal import Models

/// A place in a segment, and how close an own location comes to it.
struct ContactHit {
    /// The location's index.
    let index: UInt32
    /// The position of its cell.
    let cell: UInt32
    /// The least U² of ``ContactZone`` in square metres, if it was asked for.
    let square: Float
}

/// Finds the locations of others within a radius of any own location, whenever they were there.
///
/// It goes over a cell's candidates and stops at the first own location that reaches one, which in a place where many
/// stand for long is nearly always the first that is tried: the one that reached the candidate before.
struct ContactKernel {
    private let segment: Segment
    private let own: [Location]
    private let person: Int32
    private let times: Range<Int64>?
    private let isMeasuring: Bool
    /// The own locations near a cell in steps from its corner, four at a time; the last are filled up with places that are
    /// far from everything.
    private var norths: [SIMD4<Float>] = []
    private var easts: [SIMD4<Float>] = []
    private(set) var hits: [ContactHit] = []

    /// Prepares a search.
    ///
    /// - Parameters:
    ///   - segment: where to look.
    ///   - own: the own locations.
    ///   - person: whose they are.
    ///   - times: microseconds since the day began within which to look; the whole day if `nil`.
    ///   - isMeasuring: whether to find out how close the closest own location is.
    init(_ segment: Segment, own: [Location], of person: Int32, during times: Range<Int64>?, isMeasuring: Bool) {
        self.segment = segment
        self.own = own
        self.person = person
        self.times = times
        self.isMeasuring = isMeasuring
    }

    /// Looks in a cell.
    mutating func search(_ cell: TrailSweep.Cell) {
        var candidates = segment.locations(ofCellAt: cell.position)
        if let times {
            let first = segment.firstIndex(in: candidates, notBefore: times.lowerBound)
            candidates = first..<segment.firstIndex(in: first..<candidates.upperBound, notBefore: times.upperBound)
        }
        guard !candidates.isEmpty else { return }
        arrange(cell)
        let (zone, count) = (cell.zone, norths.count)
        norths.withUnsafeBufferPointer { norths in
            easts.withUnsafeBufferPointer { easts in
                var last = 0
                for index in candidates where segment.persons[index] != person {
                    let place = segment.places[index]
                    let north = SIMD4<Float>(repeating: Float(IndexGrid.north(place)))
                    let east = SIMD4<Float>(repeating: Float(IndexGrid.east(place)))
                    var least = Float.infinity
                    if !isMeasuring {
                        least = zone.squaredUpperBounds(norths[last] - north, easts[last] - east).min()
                    }
                    var group = 0
                    while least > zone.inner || isMeasuring, group < count {
                        let square = zone.squaredUpperBounds(norths[group] - north, easts[group] - east).min()
                        if square < least { (least, last) = (square, group) }
                        group += 1
                    }
                    guard least <= zone.outer, least <= zone.inner || isWithin(cell, index) else { continue }
                    hits.append(
                        ContactHit(
                            index: UInt32(truncatingIfNeeded: index),
                            cell: UInt32(truncatingIfNeeded: cell.position),
                            square: least
                        )
                    )
                }
            }
        }
    }

    private mutating func arrange(_ cell: TrailSweep.Cell) {
        norths.removeAll(keepingCapacity: true)
        easts.removeAll(keepingCapacity: true)
        let far = SIMD4<Float>(repeating: 1e15)
        for (place, near) in cell.near.enumerated() {
            if place % 4 == 0 {
                norths.append(far)
                easts.append(far)
            }
            norths[place / 4][place % 4] = Float(Int64(near.latitude) - cell.south)
            easts[place / 4][place % 4] = Float(near.easting - cell.west)
        }
    }

    /// Asks the geodesic, where the bound cannot tell.
    @inline(never)
    private func isWithin(_ cell: TrailSweep.Cell, _ index: Int) -> Bool {
        let candidate = segment.location(index, inCellAt: cell.position).report.coordinate
        return cell.near.contains { cell.zone.isWithin(candidate, own[Int($0.number)].report.coordinate) }
    }
}

extension ContactZone {
    /// U² of four points each.
    @inline(__always)
    func squaredUpperBounds(_ north: SIMD4<Float>, _ east: SIMD4<Float>) -> SIMD4<Float> {
        let (north, east) = (north * metresNorth, east * metresEast)
        return north * north + east * east
    }
}
