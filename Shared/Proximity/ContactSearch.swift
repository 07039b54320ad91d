package import Geospatial

/// Tells which points lie within a radius of any point of a trail, and how close they come.
///
/// The trail is sorted once, into bands of latitude as high as the radius and by longitude within them; a point is then
/// compared with those few that its bounding box holds. Verdicts and distances are ``Geodesic``'s, so that they equal
/// PostGIS's `ST_DWithin` and `ST_Distance` for the geography type.
///
/// Eight bytes a point of the trail. Immutable, so that any number of tasks may ask.
package struct ContactSearch: Sendable {
    /// The radius in metres; a point at exactly this distance lies within.
    package let radius: Double

    private let points: [Coordinate]
    private let bandHeight: Int32
    /// The number of each band that has points, from the south, and where it starts in `points`.
    private let bands: [(number: Int32, start: Int)]

    /// Sorts a trail, in O(n log n).
    ///
    /// - Parameters:
    ///   - trail: the points in any order, repeated or not.
    ///   - radius: metres, not negative.
    package init(trail: some Sequence<Coordinate>, radius: Double) {
        let reach = radius / Geodesic.leastMeridianRadius * 180 / .pi * Double(DegreesE7.perDegree)
        let height = Int32(min(max(reach, Self.leastTile), 900_000_000))
        func key(_ point: Coordinate) -> (Int32, DegreesE7, DegreesE7) {
            (Self.band(point.latitude.rawValue, height: height), point.longitude, point.latitude)
        }
        let points = Set(trail).sorted { key($0) < key($1) }
        var bands: [(number: Int32, start: Int)] = []
        for (index, point) in points.enumerated() {
            let number = Self.band(point.latitude.rawValue, height: height)
            if bands.last?.number != number { bands.append((number, index)) }
        }
        self.radius = radius
        self.points = points
        self.bands = bands
        bandHeight = height
    }

    /// The least distance from a point to the trail in metres, if it is within the radius; `nil` otherwise.
    package func distance(to point: Coordinate) -> Double? {
        let box = BoundingBox(center: point, radius: radius)
        let squaredRadius = radius * radius
        var nearest: (bound: Double, point: Coordinate)?
        forEachCandidate(in: box) { candidate in
            let bound = box.squaredLowerBound(from: point, to: candidate)
            if bound <= squaredRadius, bound < nearest?.bound ?? .infinity { nearest = (bound, candidate) }
        }
        guard let nearest else { return nil }
        // What is closest by the bound is nearly always closest in truth; the rest is asked only if it might be.
        var least = Geodesic.distance(from: nearest.point, to: point)
        forEachCandidate(in: box) { candidate in
            guard box.squaredLowerBound(from: point, to: candidate) < min(least * least, squaredRadius.nextUp),
                candidate != nearest.point
            else { return }
            least = min(least, Geodesic.distance(from: candidate, to: point))
        }
        return least <= radius ? least : nil
    }

    /// The cells outside which no point can lie within the radius: runs in order that neither overlap nor touch.
    ///
    /// Points of the trail that lie close together share a box, so that a large radius does not cost many runs a point.
    package func coveringRuns() -> [ClosedRange<GridCell>] {
        var runs: [ClosedRange<GridCell>] = []
        for (index, band) in bands.enumerated() {
            let end = index + 1 < bands.count ? bands[index + 1].start : points.count
            var start = band.start
            while start < end {
                let west = points[start].longitude.rawValue
                let width = Self.tileWidth(at: points[start], height: bandHeight)
                let stop = lowerBound(in: start..<end, longitude: Int64(west) + width + 1)
                let latitudes = points[start..<stop].map(\.latitude.rawValue)
                let south = latitudes.min() ?? 0
                let north = latitudes.max() ?? south
                let east = points[stop - 1].longitude.rawValue
                GridCell.forEachRun(in: BoundingBox(around: south...north, west...east, radius: radius)) {
                    runs.append($0)
                }
                start = stop
            }
        }
        return Self.merged(runs)
    }

    /// The least height of a band, in degrees × 10⁷: 5.7 m.
    private static let leastTile = 512.0

    private static func band(_ latitude: Int32, height: Int32) -> Int32 {
        Int32((Int64(latitude) + 900_000_000) / Int64(height))
    }

    /// A width in degrees × 10⁷ that is about a band's height in metres.
    private static func tileWidth(at point: Coordinate, height: Int32) -> Int64 {
        let cosine = BoundingBox(center: point, radius: 0).leastCosine
        return Int64(min(Double(height) / max(cosine, 1e-6), 3_600_000_000))
    }

    private func forEachCandidate(in box: BoundingBox, _ visit: (Coordinate) -> Void) {
        let first = Self.band(box.latitudes.lowerBound, height: bandHeight)
        let last = Self.band(box.latitudes.upperBound, height: bandHeight)
        var index = bands.partitioningIndex { $0.number >= first }
        while index < bands.count, bands[index].number <= last {
            let end = index + 1 < bands.count ? bands[index + 1].start : points.count
            for longitudes in [box.longitudes.first, box.longitudes.second] {
                guard let longitudes else { continue }
                var place = lowerBound(in: bands[index].start..<end, longitude: Int64(longitudes.lowerBound))
                while place < end, points[place].longitude.rawValue <= longitudes.upperBound {
                    visit(points[place])
                    place += 1
                }
            }
            index += 1
        }
    }

    private func lowerBound(in range: Range<Int>, longitude: Int64) -> Int {
        points[range].partitioningIndex { Int64($0.longitude.rawValue) >= longitude }
    }

    private static func merged(_ runs: [ClosedRange<GridCell>]) -> [ClosedRange<GridCell>] {
        var merged: [ClosedRange<GridCell>] = []
        for run in runs.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            guard let last = merged.last, run.lowerBound.rawValue <= last.upperBound.rawValue + 1 else {
                merged.append(run)
                continue
            }
            merged[merged.count - 1] = last.lowerBound...max(last.upperBound, run.upperBound)
        }
        return merged
    }
}

extension RandomAccessCollection {
    /// The first place from which on the predicate holds, which must not fail again behind it; O(log n).
    func partitioningIndex(where predicate: (Element) -> Bool) -> Index {
        var low = startIndex
        var count = self.count
        while count > 0 {
            let half = count / 2
            let middle = index(low, offsetBy: half)
            if predicate(self[middle]) {
                count = half
            } else {
                low = index(after: middle)
                count -= half + 1
            }
        }
        return low
    }
}
