internal import Geospatial

/// Stays by hour and cell: which of them may have been near one another at one time.
///
/// A sorted list of hour, cell and stay. A stay is in it once for each hour that it touches.
struct StayGrid: Sendable {
    private struct Entry {
        let key: UInt64
        let stay: Int32
    }

    /// What a search reads of a stay.
    private struct Column {
        let earliest: Int64
        let latest: Int64
        let latitude: Int32
        let longitude: Int32
        let metresPerStepEast: Float
        let metresPerStepNorth: Float
    }

    private let columns: [Column]
    private let entries: [Entry]
    private let firstHour: Int64

    private static let hour: Int64 = 3_600_000_000
    private static let cellBits: UInt64 = 41

    init(_ stays: [Stay]) {
        let firstHour = stays.lazy.map { Self.hour(of: $0.earliest) }.min() ?? 0
        var entries: [Entry] = []
        entries.reserveCapacity(stays.count * 2)
        for (index, stay) in stays.enumerated() {
            let cell = GridCell(stay.coordinate)
            for hour in Self.hour(of: stay.earliest)...Self.hour(of: stay.latest) {
                entries.append(Entry(key: Self.key(hour - firstHour, cell), stay: Int32(truncatingIfNeeded: index)))
            }
        }
        entries.sort { ($0.key, $0.stay) < ($1.key, $1.stay) }
        self.firstHour = firstHour
        self.entries = entries
        columns = stays.map { stay in
            let radii = LocalRadii(latitude: Double(stay.coordinate.latitude.rawValue))
            return Column(
                earliest: stay.earliest,
                latest: stay.latest,
                latitude: stay.coordinate.latitude.rawValue,
                longitude: stay.coordinate.longitude.rawValue,
                metresPerStepEast: Float(radii.parallel * LocalRadii.radiansPerStep),
                metresPerStepNorth: Float(radii.meridian * LocalRadii.radiansPerStep)
            )
        }
    }

    /// A stay that overlaps another one in time and lies near it.
    struct Neighbour {
        /// The other stay.
        let index: Int
        /// Its distance in metres.
        let distance: Float
        /// How long both may have been there, in microseconds.
        let common: Int64
    }

    /// Calls `visit` once with each other stay that overlaps a stay in time and lies within a radius in metres.
    func forEachNeighbour(of index: Int, within radius: Double, _ visit: (Neighbour) -> Void) {
        let own = columns[index]
        let first = Self.hour(of: own.earliest)
        let square = Float(radius * radius)
        let centre = Coordinate(stored: DegreesE7(rawValue: own.latitude), DegreesE7(rawValue: own.longitude))
        let box = BoundingBox(center: centre, radius: radius)
        for hour in first...Self.hour(of: own.latest) {
            GridCell.forEachRun(in: box) { run in
                let (low, high) = (
                    Self.key(hour - firstHour, run.lowerBound), Self.key(hour - firstHour, run.upperBound)
                )
                var place = firstEntry(notBelow: low)
                while place < entries.count, entries[place].key <= high {
                    let other = Int(entries[place].stay)
                    place += 1
                    let candidate = columns[other]
                    let common = min(own.latest, candidate.latest) - max(own.earliest, candidate.earliest)
                    guard common > 0, other != index else { continue }
                    let squaredDistance = Self.squaredDistance(own, candidate)
                    // Two stays share several hours; the first of these counts.
                    guard squaredDistance <= square, max(first, Self.hour(of: candidate.earliest)) == hour else {
                        continue
                    }
                    visit(Neighbour(index: other, distance: squaredDistance.squareRoot(), common: common))
                }
            }
        }
    }

    private static func squaredDistance(_ one: Column, _ other: Column) -> Float {
        var eastward = Int64(one.longitude) - Int64(other.longitude)
        if eastward > 1_800_000_000 { eastward -= 3_600_000_000 }
        if eastward < -1_800_000_000 { eastward += 3_600_000_000 }
        let east = Float(eastward) * (one.metresPerStepEast + other.metresPerStepEast) / 2
        let north = Float(Int64(one.latitude) - Int64(other.latitude)) * one.metresPerStepNorth
        return east * east + north * north
    }

    private func firstEntry(notBelow key: UInt64) -> Int {
        var (low, count) = (0, entries.count)
        while count > 0 {
            let half = count / 2
            if entries[low + half].key < key {
                low += half + 1
                count -= half + 1
            } else {
                count = half
            }
        }
        return low
    }

    private static func hour(of time: Int64) -> Int64 {
        let (quotient, remainder) = time.quotientAndRemainder(dividingBy: hour)
        return remainder < 0 ? quotient - 1 : quotient
    }

    private static func key(_ hour: Int64, _ cell: GridCell) -> UInt64 {
        UInt64(truncatingIfNeeded: hour) << cellBits | UInt64(truncatingIfNeeded: cell.rawValue)
    }
}
