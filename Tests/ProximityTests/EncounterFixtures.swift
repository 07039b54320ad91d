import Geospatial
import Models
import Proximity
import Testing

/// A location, in seconds after 2026-05-04T10:00:00 and metres north and east of a place on the equator's side of things.
func located(
    _ person: Int32,
    at seconds: Double,
    north: Double = 0,
    east: Double = 0,
    accuracy: Double? = nil,
    isMock: Bool = false,
    device: UInt8 = 0,
    round center: (latitude: Int32, longitude: Int32) = (0, 133_777_000)
) throws -> Location {
    let time = try #require(Timestamp(iso8601: "2026-05-04T10:00:00".utf8)).microseconds + Int64(seconds * 1_000_000)
    // A step of latitude is 1.1057 cm at the equator, one of longitude 1.1132 cm.
    let latitude = Int64(center.latitude) + Int64((north / 0.011_057_4).rounded())
    let longitude = Int64(center.longitude) + Int64((east / 0.011_131_9).rounded())
    let turned = (longitude + 5_400_000_000) % 3_600_000_000 - 1_800_000_000
    let coordinate = try Coordinate(
        latitude: DegreesE7(rawValue: Int32(latitude)),
        longitude: DegreesE7(rawValue: Int32(turned))
    )
    let report = LocationReport(
        personID: try #require(PersonID(rawValue: person)),
        coordinate: coordinate,
        creationTime: Timestamp(microseconds: time),
        accuracy: accuracy.flatMap(Accuracy.init(metres:)),
        isMock: isMock,
        device: DeviceNumber(stored: device)
    )
    // A number of its own for each person, device and moment, as the queue gives one.
    let place = Int64(seconds * 1_000) * 1_024 + Int64(device) * 256 + Int64(person)
    return Location(id: try #require(LocationID(rawValue: LocationID.leastQueued + place)), report: report)
}

/// All co-presences of some locations by comparing each with each, the lower person's first.
func coPresences(of locations: [Location], rule: EncounterRule) -> [CoPresence] {
    var pairs: [CoPresence] = []
    for own in locations {
        for other in locations where own.report.personID < other.report.personID {
            let apart = abs(own.report.creationTime.microseconds - other.report.creationTime.microseconds)
            let distance = Geodesic.distance(from: own.report.coordinate, to: other.report.coordinate)
            guard apart <= rule.within.microseconds, distance <= rule.leavingRadius else { continue }
            // Whether it is within the radius is exact; what the distance is, is said as the index says it.
            let nearby = Geodesic.nearbyDistance(from: own.report.coordinate, to: other.report.coordinate)
            pairs.append(CoPresence(own: own, other: other, distance: nearby))
        }
    }
    return pairs
}

/// The meetings of some locations.
func encounters(of locations: [Location], rule: EncounterRule = .standard) -> [Encounter] {
    EncounterSweep.encounters(of: coPresences(of: locations, rule: rule), rule: rule)
}

/// A rule of metres and seconds.
func rule(radius: Double = 5, within: Double = 60, gap: Double = 300) throws -> EncounterRule {
    let radius = try #require(Radius(metres: radius))
    let within = try #require(TimeApart(seconds: within))
    let gap = try #require(MeetingGap(seconds: gap))
    return try #require(EncounterRule(radius: radius, within: within, gap: gap))
}

extension Encounter {
    /// Seconds after 2026-05-04T10:00:00.
    var startSeconds: Double { Self.seconds(start) }
    /// Seconds after 2026-05-04T10:00:00.
    var endSeconds: Double { Self.seconds(end) }

    private static func seconds(_ time: Timestamp) -> Double {
        Double(time.microseconds - 1_777_888_800_000_000) / 1_000_000
    }
}

/// The same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) {
        state = seed
    }

    /// SplitMix64, from the public-domain C at prng.di.unimi.it.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
