package import Models
internal import Proximity

/// A moment at which a person's device noticed a transmitter or region.
package struct ZoneSighting: Hashable, Sendable {
    /// Microseconds since 1970.
    package let time: Int64
    /// The transmitter or region.
    package let hint: ZoneHint

    package init(time: Int64, hint: ZoneHint) {
        (self.time, self.hint) = (time, hint)
    }
}

/// The sightings of transmitters that stand for zones of a plan, in order of time.
struct ZoneSightings {
    private let sightings: [(time: Int64, zones: [Int])]

    /// Skips transmitters that no zone registers.
    ///
    /// O(n log n).
    init(_ all: [ZoneSighting], _ plan: VenuePlan) {
        sightings = all.compactMap { sighting in plan.zonesByHint[sighting.hint].map { (sighting.time, $0) } }
            .sorted { $0.time < $1.time }
    }

    /// The share of the sightings in a time range that each zone has; empty without sightings.
    func shares(during time: ClosedRange<Int64>) -> [Int: Double] {
        var counts: [Int: Int] = [:]
        let first = sightings.partitioningIndex { $0.time >= time.lowerBound }
        for sighting in sightings[first...].prefix(while: { $0.time <= time.upperBound }) {
            for zone in sighting.zones { counts[zone, default: 0] += 1 }
        }
        let sum = Double(counts.values.reduce(0, +))
        return counts.mapValues { Double($0) / sum }
    }
}
