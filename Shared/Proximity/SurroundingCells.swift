package import Geospatial

/// The cells that cover a radius around some points, as ranges to query a database for.
///
/// The points are sorted by bands of latitude as high as the radius, and by longitude within a band. Adjacent points share a
/// box, so that a large radius does not cause many ranges of cells for each point.
package struct SurroundingCells: Sendable {
    /// Ranges that contain all cells within the radius, in order, neither overlapping nor adjacent.
    package let runs: [ClosedRange<GridCell>]

    /// Computes the cells around some points, in O(n log n).
    ///
    /// - Parameters:
    ///   - points: the points in any order, with or without repetitions.
    ///   - radius: metres, not negative.
    package init(round points: some Sequence<Coordinate>, radius: Double) {
        let reach = radius / Geodesic.leastMeridianRadius * 180 / .pi * Double(DegreesE7.perDegree)
        let height = Int32(min(max(reach, Self.leastTile), 900_000_000))
        func key(_ point: Coordinate) -> (Int32, DegreesE7, DegreesE7) {
            (Self.band(point, height: height), point.longitude, point.latitude)
        }
        let points = Set(points).sorted { key($0) < key($1) }
        var runs: [ClosedRange<GridCell>] = []
        var start = 0
        while start < points.count {
            let band = Self.band(points[start], height: height)
            let width = Self.tileWidth(at: points[start], height: height)
            let east = Int64(points[start].longitude.rawValue) + width
            let end = points[start...].partitioningIndex {
                Self.band($0, height: height) != band || Int64($0.longitude.rawValue) > east
            }
            GridCell.forEachRun(in: Self.box(round: points[start..<end], radius: radius)) { runs.append($0) }
            start = end
        }
        self.runs = Self.merged(runs)
    }

    /// Minimum height of a band, in degrees × 10⁷: 5.7 m.
    private static let leastTile = 512.0

    private static func band(_ point: Coordinate, height: Int32) -> Int32 {
        Int32((Int64(point.latitude.rawValue) + 900_000_000) / Int64(height))
    }

    /// The width in degrees × 10⁷ that equals about a band's height in metres.
    private static func tileWidth(at point: Coordinate, height: Int32) -> Int64 {
        let cosine = BoundingBox(center: point, radius: 0).leastCosine
        return Int64(min(Double(height) / max(cosine, 1e-6), 3_600_000_000))
    }

    /// The box around some points of a band.
    ///
    /// The points must be ordered by longitude.
    private static func box(round points: ArraySlice<Coordinate>, radius: Double) -> BoundingBox {
        let latitudes = points.map(\.latitude.rawValue)
        let (south, north) = (latitudes.min() ?? 0, latitudes.max() ?? 0)
        let (west, east) = (points.first?.longitude.rawValue ?? 0, points.last?.longitude.rawValue ?? 0)
        return BoundingBox(around: south...north, west...east, radius: radius)
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
