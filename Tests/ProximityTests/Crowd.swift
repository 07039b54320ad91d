import Geospatial
import Models
import Proximity
import Simulation

/// Random locations of a few persons.
struct Crowd {
    static let persons = (1...5).compactMap { PersonID(rawValue: $0) }
    /// An afternoon.
    static let start = Timestamp(microseconds: 1_780_330_000_000_000)

    var generator: Xoshiro256

    init(seed: UInt64) {
        generator = Xoshiro256(seed: seed)
    }

    /// Locations of three days, scattered by some metres around a place.
    ///
    /// No person is at two places at a time.
    mutating func locations(
        _ count: Int,
        round center: (latitude: Int32, longitude: Int32),
        by metres: Double,
        givingEverything: Bool = false
    ) -> [Location] {
        (0..<count).compactMap { number in
            let unit: Int64 = givingEverything ? 1 : 1_000_000
            let time = Self.start.microseconds + Int64.random(in: 0..<172_800, using: &generator) * 1_000_000
            let id = LocationID.leastQueued + Int64(number) * (givingEverything ? 1 << 30 : 64)
            guard let id = LocationID(rawValue: id), let coordinate = coordinate(round: center, by: metres) else {
                return nil
            }
            let accuracy = givingEverything && number % 3 > 0 ? Accuracy(wholeMetres: number % 90 + 1) : nil
            return Location(
                id: id,
                report: LocationReport(
                    personID: Self.persons[number % Self.persons.count],
                    coordinate: coordinate,
                    // Unique, because it contains the number.
                    creationTime: Timestamp(microseconds: time + Int64(number) * (unit == 1 ? 1 : 1_000)),
                    accuracy: accuracy,
                    isMock: givingEverything && number.isMultiple(of: 7),
                    isHeartbeat: givingEverything && number.isMultiple(of: 5),
                    device: DeviceNumber(stored: givingEverything ? UInt8(number % 3) : 0)
                )
            )
        }
    }

    private mutating func coordinate(
        round center: (latitude: Int32, longitude: Int32),
        by metres: Double
    ) -> Coordinate? {
        let radii = LocalRadii(latitude: Double(center.latitude))
        let reach = metres / LocalRadii.radiansPerStep
        let north =
            Int64.random(in: -1...1, using: &generator)
            + Int64(Double.random(in: -1...1, using: &generator) * reach / radii.meridian)
        let width = min(reach / max(radii.parallel, 1), 1_800_000_000)
        let east = Int64(Double.random(in: -1...1, using: &generator) * width)
        let latitude = min(max(Int64(center.latitude) + north, -900_000_000), 900_000_000)
        var longitude = Int64(center.longitude) + east
        if longitude > 1_800_000_000 { longitude -= 3_600_000_000 }
        if longitude < -1_800_000_000 { longitude += 3_600_000_000 }
        return try? Coordinate(
            latitude: DegreesE7(rawValue: Int32(latitude)),
            longitude: DegreesE7(rawValue: Int32(longitude))
        )
    }
}

/// Two locations, without their distance.
struct Pair: Hashable {
    let own: Location
    let other: Location
}

/// Reference answers that compare every pair of some locations.
struct EveryPair {
    private let locations: [Location]
    private let near: [Pair]

    init(_ locations: [Location], _ window: TimeWindow, radius: Double) {
        let locations = locations.filter {
            window.start <= $0.report.creationTime && $0.report.creationTime < window.end
        }
        var near: [Pair] = []
        for (index, own) in locations.enumerated() {
            for other in locations[..<index] where other.report.personID != own.report.personID {
                guard Geodesic.distance(from: own.report.coordinate, to: other.report.coordinate) <= radius else {
                    continue
                }
                near += [Pair(own: own, other: other), Pair(own: other, other: own)]
            }
        }
        self.locations = locations
        self.near = near
    }

    func trail(of person: PersonID) -> [Location] {
        locations.filter { $0.report.personID == person }.sorted {
            ($0.report.creationTime, $0.id) < ($1.report.creationTime, $1.id)
        }
    }

    func pairs(of person: PersonID, within: Int64?) -> Set<Pair> {
        Set(
            near.filter { pair in
                let (own, other) = (pair.own.report.creationTime, pair.other.report.creationTime)
                return pair.own.report.personID == person
                    && within.map { abs(own.microseconds - other.microseconds) <= $0 } ?? true
            }
        )
    }

    func contacts(of person: PersonID, within: Int64?) -> Set<Location> {
        Set(pairs(of: person, within: within).map(\.other))
    }
}

extension Timestamp {
    func advanced(by seconds: Int) -> Timestamp {
        Timestamp(microseconds: microseconds + Int64(seconds) * 1_000_000)
    }
}
