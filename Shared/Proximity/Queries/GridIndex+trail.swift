internal import CPrefetch
internal import Geospatial
package import Models

extension GridIndex {
    /// A person's locations in order of time, then of number; O(log n + the person's locations).
    ///
    /// - Parameters:
    ///   - person: the person.
    ///   - window: the time window.
    ///   - limit: the maximum number of locations; the earliest are returned. At most this many are read from each segment.
    /// - Returns: the locations.
    package func trail(of person: PersonID, in window: TimeWindow, limit: Int = .max) -> [Location] {
        guard !erased.contains(person.rawValue) else { return [] }
        var trail: [Location] = []
        for (segment, times) in parts(in: window) {
            segment.columns.forEachLocation(ofTrailOf: person.rawValue, during: times, limit: limit) { index, corner in
                trail.append(segment.columns.location(index, inCellWith: corner))
            }
        }
        // Segments of a day may overlap in time, and so may locations of the same time.
        if !zip(trail, trail.dropFirst()).allSatisfy(Self.isInOrder) { trail.sort(by: Self.isInOrder) }
        trail.removeLast(max(trail.count - limit, 0))
        return trail
    }

    /// The number of a person's locations; O(log n).
    package func trailCount(of person: PersonID, in window: TimeWindow) -> Int {
        guard !erased.contains(person.rawValue) else { return 0 }
        return parts(in: window).reduce(0) { sum, part in
            sum + part.segment.columns.places(ofTrailOf: person.rawValue, during: part.times).count
        }
    }

    /// A trail with only the columns that a search needs.
    func trailPoints(of person: PersonID, in window: TimeWindow) -> [TrailPoint] {
        guard !erased.contains(person.rawValue) else { return [] }
        var points: [TrailPoint] = []
        let parts = parts(in: window)
        points.reserveCapacity(parts.reduce(0) { $0 + $1.segment.columns.trail(of: person.rawValue).count })
        for (segment, times) in parts {
            segment.columns.forEachLocation(ofTrailOf: person.rawValue, during: times) { index, corner in
                points.append(
                    TrailPoint(
                        coordinate: segment.columns.coordinate(index, inCellWith: corner),
                        time: segment.day.microseconds + segment.columns.offset(index)
                    )
                )
            }
        }
        if !zip(points, points.dropFirst()).allSatisfy({ $0.time <= $1.time }) { points.sort { $0.time < $1.time } }
        return points
    }

    private static func isInOrder(_ first: Location, _ second: Location) -> Bool {
        (first.report.creationTime, first.id) < (second.report.creationTime, second.id)
    }
}

/// A place and time of a person.
struct TrailPoint {
    let coordinate: Coordinate
    /// Microseconds since 1970.
    let time: Int64

    init(coordinate: Coordinate, time: Int64) {
        self.coordinate = coordinate
        self.time = time
    }

    init(_ location: Location) {
        self.init(coordinate: location.report.coordinate, time: location.report.creationTime.microseconds)
    }
}

extension SegmentColumns {
    /// Number of locations to prefetch.
    private static let ahead = 16

    /// Prefetches the columns of a location.
    @inline(__always)
    private func prefetch(_ index: UInt32) {
        CPrefetch.prefetch(times + Int(index))
        CPrefetch.prefetch(places + Int(index))
        CPrefetch.prefetch(marks + (Int(index) >> Self.markShift))
    }

    /// Prefetches the cell of a location, after its mark was prefetched.
    @inline(__always)
    private func prefetchCell(of index: UInt32) {
        CPrefetch.prefetch(cells.starts + Int(marks[Int(index) >> Self.markShift]))
    }

    /// The part of a person's trail within a time range.
    func places(ofTrailOf person: Int32, during times: Range<Int64>?) -> Range<Int> {
        let trail = trail(of: person)
        guard let times else { return 0..<trail.count }
        let first = trail.partitioningIndex { offset(Int($0)) >= times.lowerBound }
        return first..<max(first, trail.partitioningIndex { offset(Int($0)) >= times.upperBound })
    }

    /// Calls `visit` with the index of each location of a person, in order of time, and the corner of its cell.
    @inline(__always)
    fileprivate func forEachLocation(
        ofTrailOf person: Int32,
        during times: Range<Int64>?,
        limit: Int = .max,
        _ visit: (Int, Corner) -> Void
    ) {
        let trail = trail(of: person)
        let places = places(ofTrailOf: person, during: times)
        let first = places.lowerBound
        var end = places.prefix(limit).endIndex
        // Locations of the same time are not sorted yet.
        while end > first, end < places.upperBound, offset(Int(trail[end])) == offset(Int(trail[end - 1])) { end += 1 }
        var (cell, corner) = (0, corner(ofCellAt: 0))
        for place in first..<min(first + Self.ahead, end) { prefetch(trail[place]) }
        for place in first..<end {
            let index = Int(trail[place])
            // Waiting for memory takes most of the time.
            if place + Self.ahead < end { prefetch(trail[place + Self.ahead]) }
            if place + Self.ahead / 2 < end { prefetchCell(of: trail[place + Self.ahead / 2]) }
            // A person often stays in one cell.
            if !locations(ofCellAt: cell).contains(index) {
                cell = self.cell(of: index)
                corner = self.corner(ofCellAt: cell)
            }
            visit(index, corner)
        }
    }
}
