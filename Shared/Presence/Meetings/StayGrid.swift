internal import Geospatial
internal import Models

/// Stays by time slot and cell: which of them may have been near one another at one time.
///
/// A sorted list of slot, cell and stay. A stay is in it once for each slot that it touches.
struct StayGrid: Sendable {
    /// What a search reads of a stay, in the order in which it reads.
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
    /// The keys of the entries once more: a search in them reads little.
    private let keys: [UInt64]
    /// The first entry of each stay.
    private let own: [Int32]

    /// Microseconds of a slot: about as long as most stays, so that most of those that a search reads overlap.
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

    /// A stay of another person that overlaps a stay in time and lies near it.
    struct Neighbour {
        /// The other stay.
        let index: Int
        /// The other person.
        let person: Int32
        /// The standard deviation of its place in each direction, in metres.
        let deviation: Float
        /// Its distance in metres: the same from both sides.
        let distance: Float
        /// How long the other one may have been there, in microseconds; 1 at least.
        let duration: Int64
        /// How long both may have been there, in microseconds.
        let common: Int64
    }

    /// Calls `visit` once with each stay of another person that overlaps a stay in time and lies within a radius in metres.
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
                    // Two stays share several slots; the first of these counts.
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

    /// By the mean of both metrics, so that the order does not matter.
    private static func squaredDistance(_ one: Entry, _ other: Entry) -> Float {
        let eastward = (Int64(one.longitude) - Int64(other.longitude)).wrappedLongitude
        let northward = Int64(one.latitude) - Int64(other.latitude)
        let east = Float(eastward) * (one.metresPerStepEast + other.metresPerStepEast) / 2
        let north = Float(northward) * (one.metresPerStepNorth + other.metresPerStepNorth) / 2
        return east * east + north * north
    }
}
