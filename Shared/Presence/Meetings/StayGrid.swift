internal import Geospatial

/// Stays by hour and cell: which of them may have been near one another at one time.
///
/// A sorted list of hour, cell and stay. A stay is in it once for each hour that it touches.
struct StayGrid: Sendable {
    /// What a search reads of a stay, in the order in which it reads.
    private struct Entry: SearchEntry {
        let key: UInt64
        let earliest: Int64
        let latest: Int64
        let latitude: Int32
        let longitude: Int32
        let metresPerStepEast: Float
        let metresPerStepNorth: Float
        let person: Int32
        let stay: Int32
    }

    private let entries: [Entry]
    /// The first entry of each stay.
    private let own: [Int32]
    private let firstHour: Int64

    private static let hour: Int64 = 3_600_000_000

    init(_ stays: [Stay]) {
        let firstHour = stays.lazy.map { Self.hour(of: $0.earliest) }.min() ?? 0
        var entries: [Entry] = []
        entries.reserveCapacity(stays.count * 2)
        for (index, stay) in stays.enumerated() {
            let cell = GridCell(stay.coordinate)
            let radii = LocalRadii(latitude: Double(stay.coordinate.latitude.rawValue))
            for hour in Self.hour(of: stay.earliest)...Self.hour(of: stay.latest) {
                entries.append(
                    Entry(
                        key: cell.searchKey(in: hour - firstHour),
                        earliest: stay.earliest,
                        latest: stay.latest,
                        latitude: stay.coordinate.latitude.rawValue,
                        longitude: stay.coordinate.longitude.rawValue,
                        metresPerStepEast: Float(radii.parallel * LocalRadii.radiansPerStep),
                        metresPerStepNorth: Float(radii.meridian * LocalRadii.radiansPerStep),
                        person: stay.key.person,
                        stay: Int32(truncatingIfNeeded: index)
                    )
                )
            }
        }
        entries.sort { ($0.key, $0.stay) < ($1.key, $1.stay) }
        var own = [Int32](repeating: 0, count: stays.count)
        for (place, entry) in entries.enumerated() { own[Int(entry.stay)] = Int32(truncatingIfNeeded: place) }
        self.firstHour = firstHour
        self.entries = entries
        self.own = own
    }

    /// Sums of a number by hour and cell.
    struct PlaceSums: Sendable {
        fileprivate struct Entry: SearchEntry {
            let key: UInt64
            /// The number times the seconds of the hour, and the seconds.
            var sum: Double
            var seconds: Double
        }

        fileprivate var entries: [Entry] = []
    }

    /// Adds up a number of each stay by hour and cell, by the time that the stay spends there.
    func sums(of values: [Float], _ stays: [Stay]) -> PlaceSums {
        var sums = PlaceSums()
        for entry in entries {
            let start = (Int64(truncatingIfNeeded: entry.key >> 41) + firstHour) * Self.hour
            let seconds = Double(min(entry.latest, start + Self.hour) - max(entry.earliest, start)) / 1_000_000
            if sums.entries.last?.key != entry.key {
                sums.entries.append(PlaceSums.Entry(key: entry.key, sum: 0, seconds: 0))
            }
            let last = sums.entries.count - 1
            sums.entries[last].sum += seconds * Double(values[Int(entry.stay)])
            sums.entries[last].seconds += seconds
        }
        return sums
    }

    /// The mean of a number around a stay, and how many persons were there during its hours.
    func mean(of sums: PlaceSums, around index: Int, within radius: Double) -> (mean: Double, persons: Double) {
        let own = entries[Int(self.own[index])]
        let centre = Coordinate(stored: DegreesE7(rawValue: own.latitude), DegreesE7(rawValue: own.longitude))
        let box = BoundingBox(center: centre, radius: radius)
        let hours = Self.hour(of: own.earliest)...Self.hour(of: own.latest)
        var (sum, seconds) = (0.0, 0.0)
        GridCell.forEachRun(in: box) { run in
            for hour in hours {
                let slot = hour - firstHour
                let high = run.upperBound.searchKey(in: slot)
                var place = sums.entries.firstIndex(notBelow: run.lowerBound.searchKey(in: slot))
                while place < sums.entries.count, sums.entries[place].key <= high {
                    sum += sums.entries[place].sum
                    seconds += sums.entries[place].seconds
                    place += 1
                }
            }
        }
        return (sum / max(seconds, 1), seconds / (3_600 * Double(hours.count)))
    }

    /// A stay of another person that overlaps a stay in time and lies near it.
    struct Neighbour {
        /// The other stay.
        let index: Int
        /// The other person.
        let person: Int32
        /// Its distance in metres: the same from both sides.
        let distance: Float
        /// How long both may have been there, in microseconds.
        let common: Int64
    }

    /// Calls `visit` once with each stay of another person that overlaps a stay in time and lies within a radius in metres.
    func forEachNeighbour(of index: Int, within radius: Double, _ visit: (Neighbour) -> Void) {
        let own = entries[Int(self.own[index])]
        let first = Self.hour(of: own.earliest)
        let square = Float(radius * radius)
        let centre = Coordinate(stored: DegreesE7(rawValue: own.latitude), DegreesE7(rawValue: own.longitude))
        let box = BoundingBox(center: centre, radius: radius)
        for hour in first...Self.hour(of: own.latest) {
            GridCell.forEachRun(in: box) { run in
                let slot = hour - firstHour
                let (low, high) = (run.lowerBound.searchKey(in: slot), run.upperBound.searchKey(in: slot))
                var place = entries.firstIndex(notBelow: low)
                while place < entries.count, entries[place].key <= high {
                    let other = entries[place]
                    place += 1
                    let common = min(own.latest, other.latest) - max(own.earliest, other.earliest)
                    guard common > 0, other.person != own.person else { continue }
                    let squaredDistance = Self.squaredDistance(own, other)
                    // Two stays share several hours; the first of these counts.
                    guard squaredDistance <= square, max(first, Self.hour(of: other.earliest)) == hour else { continue }
                    visit(
                        Neighbour(
                            index: Int(other.stay),
                            person: other.person,
                            distance: squaredDistance.squareRoot(),
                            common: common
                        )
                    )
                }
            }
        }
    }

    /// By the mean of both metrics, so that the order does not matter.
    private static func squaredDistance(_ one: Entry, _ other: Entry) -> Float {
        var eastward = Int64(one.longitude) - Int64(other.longitude)
        if eastward > 1_800_000_000 { eastward -= 3_600_000_000 }
        if eastward < -1_800_000_000 { eastward += 3_600_000_000 }
        let northward = Int64(one.latitude) - Int64(other.latitude)
        let east = Float(eastward) * (one.metresPerStepEast + other.metresPerStepEast) / 2
        let north = Float(northward) * (one.metresPerStepNorth + other.metresPerStepNorth) / 2
        return east * east + north * north
    }

    private static func hour(of time: Int64) -> Int64 {
        let (quotient, remainder) = time.quotientAndRemainder(dividingBy: hour)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
