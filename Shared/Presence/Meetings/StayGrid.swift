internal import Geospatial
internal import Models

/// An index of stays by time slot and cell, to find the stays that may have been near each other at the same time.
///
/// It is a list sorted by slot and cell. It contains a stay once for each slot that the stay touches.
struct StayGrid: Sendable {
    /// The values of a stay that a search reads, in the order of reading.
    private struct Entry {
        let key: UInt64
        let earliest: Int64
        let latest: Int64
        let latitude: Int32
        let longitude: Int32
        let metresPerStepEast: Float
        let metresPerStepNorth: Float
        let person: Int32
        let stay: Int32
        let deviation: Float
    }

    private let entries: [Entry]
    /// A copy of the entries' keys, so that a binary search touches little memory.
    private let keys: [UInt64]
    /// The first entry of each stay.
    private let own: [Int32]

    /// The length of a slot in microseconds.
    ///
    /// It is about the duration of most stays, so most entries that a search reads overlap.
    private static let slot: Int64 = 900_000_000

    init(_ stays: [Stay]) {
        var entries: [Entry] = []
        entries.reserveCapacity(stays.count * 2)
        for (index, stay) in stays.enumerated() {
            let cell = GridCell(stay.coordinate)
            let radii = LocalRadii(latitude: Double(stay.coordinate.latitude.rawValue))
            for slot in Self.slots(of: stay.earliest...stay.latest) {
                entries.append(
                    Entry(
                        key: cell.searchKey(in: slot),
                        earliest: stay.earliest,
                        latest: stay.latest,
                        latitude: stay.coordinate.latitude.rawValue,
                        longitude: stay.coordinate.longitude.rawValue,
                        metresPerStepEast: Float(radii.parallel * LocalRadii.radiansPerStep),
                        metresPerStepNorth: Float(radii.meridian * LocalRadii.radiansPerStep),
                        person: stay.key.person,
                        stay: Int32(truncatingIfNeeded: index),
                        deviation: stay.deviation
                    )
                )
            }
        }
        entries.sort { ($0.key, $0.stay) < ($1.key, $1.stay) }
        var own = [Int32](repeating: 0, count: stays.count)
        for (place, entry) in entries.enumerated().reversed() {
            own[Int(entry.stay)] = Int32(truncatingIfNeeded: place)
        }
        self.entries = entries
        keys = entries.map(\.key)
        self.own = own
    }

    private static func slots(of time: ClosedRange<Int64>) -> ClosedRange<Int64> {
        time.lowerBound.dividedRoundingDown(by: slot)...time.upperBound.dividedRoundingDown(by: slot)
    }

    /// A stay of another person that overlaps a stay in time and is near it.
    struct Neighbour {
        /// The other stay.
        let index: Int
        /// The other person.
        let person: Int32
        /// The standard deviation of the other place in each direction, in metres.
        let deviation: Float
        /// The distance in metres; symmetric.
        let distance: Float
        /// The maximum duration of the other stay in microseconds, at least 1.
        let duration: Int64
        /// The maximum time in common, in microseconds.
        let common: Int64
    }

    /// Calls `visit` once for each stay of another person that overlaps a stay in time and is within a radius in metres.
    func forEachNeighbour(of index: Int, within radius: Double, _ visit: (Neighbour) -> Void) {
        let own = entries[Int(self.own[index])]
        let slots = Self.slots(of: own.earliest...own.latest)
        let square = Float(radius * radius)
        let centre = Coordinate(stored: DegreesE7(rawValue: own.latitude), DegreesE7(rawValue: own.longitude))
        let box = BoundingBox(center: centre, radius: radius)
        for slot in slots {
            GridCell.forEachRun(in: box) { run in
                let (low, high) = (run.lowerBound.searchKey(in: slot), run.upperBound.searchKey(in: slot))
                var place = keys.firstIndex(notBelow: low)
                while place < keys.count, keys[place] <= high {
                    let other = entries[place]
                    place += 1
                    let common = min(own.latest, other.latest) - max(own.earliest, other.earliest)
                    guard common > 0, other.person != own.person else { continue }
                    let squaredDistance = Self.squaredDistance(own, other)
                    // Two stays may share several slots; only the first one counts.
                    guard squaredDistance <= square,
                        max(slots.lowerBound, other.earliest.dividedRoundingDown(by: Self.slot)) == slot
                    else { continue }
                    visit(
                        Neighbour(
                            index: Int(other.stay),
                            person: other.person,
                            deviation: other.deviation,
                            distance: squaredDistance.squareRoot(),
                            duration: max(other.latest - other.earliest, 1),
                            common: common
                        )
                    )
                }
            }
        }
    }

    /// Uses the mean of both metrics, so that the result is symmetric.
    private static func squaredDistance(_ one: Entry, _ other: Entry) -> Float {
        let eastward = (Int64(one.longitude) - Int64(other.longitude)).wrappedLongitude
        let northward = Int64(one.latitude) - Int64(other.latitude)
        let east = Float(eastward) * (one.metresPerStepEast + other.metresPerStepEast) / 2
        let north = Float(northward) * (one.metresPerStepNorth + other.metresPerStepNorth) / 2
        return east * east + north * north
    }
}
