import Geospatial
import Glibc
import Models

/// One report of one phone, in compact form.
struct Fix: Hashable, Comparable {
    /// The person, from 1.
    let person: Int32
    /// The index of the fix: seconds after the start of June 2026, possibly negative.
    let step: Int32

    static func < (left: Fix, right: Fix) -> Bool {
        (left.person, left.step) < (right.person, right.step)
    }
}

/// The movements of all persons.
///
/// Each person circles around a personal place, and the circles of neighbours intersect.
///
/// Nothing is stored: a fix determines its report. So a million reports can be generated twice, once as they were sent, and once
/// as phones would send them without faults.
struct Walks {
    /// The number of persons whose phones send continuously, numbered from 1.
    let phones: Int
    /// The distance between the places of adjacent persons in metres.
    private let spacing: Double
    private let seed: UInt64

    /// Microseconds between two fixes of a person.
    private static let interval: Int64 = 1_000_000
    /// 2026-06-01T00:00:00Z.
    private static let start: Int64 = 1_780_272_000_000_000

    init(phones: Int, seed: UInt64, isCrowd: Bool = false) {
        self.phones = phones
        spacing = isCrowd ? 0 : 20
        self.seed = seed
    }

    /// The number of persons.
    var persons: Int { phones + 1 }

    /// The person of the probe, whose phone only checks whether everything works.
    var probe: Int32 { Int32(persons) }

    /// The report of a fix.
    func report(_ fix: Fix) throws -> LocationReport {
        let columns = max(1, Int(Double(persons).squareRoot()))
        let index = Int(fix.person) - 1
        var bits = seed &+ UInt64(index) &* 0x9E37_79B9_7F4A_7C15
        func angle(period: Double) -> Double {
            bits = (bits ^ bits >> 31) &* 0xD6E8_FEB8_6659_FD93
            let phase = Double(bits >> 40) / Double(1 << 24)
            return 2 * .pi * (Double(fix.step) / period + phase)
        }
        let east = Double(index % columns) * spacing + 15 * sin(angle(period: 190)) + 6 * sin(angle(period: 41))
        let north = Double(index / columns) * spacing + 15 * sin(angle(period: 230)) + 6 * sin(angle(period: 53))
        let perMetre = Double(DegreesE7.perDegree) / 111_320
        let coordinate = try Coordinate(
            latitude: DegreesE7(rawValue: 485_000_000 + Int32(north * perMetre)),
            longitude: DegreesE7(rawValue: 90_000_000 + Int32(east * perMetre / 0.6626))
        )
        guard let id = PersonID(rawValue: fix.person) else { throw FaultsError("There is no person \(fix.person).") }
        return LocationReport(
            personID: id,
            coordinate: coordinate,
            creationTime: Timestamp(microseconds: Self.start + Int64(fix.step) * Self.interval)
        )
    }

    /// The fix of a person at a time; `nil` if no phone has sent one.
    func fix(person: Int32, microseconds: Int64) -> Fix? {
        let (step, rest) = (microseconds - Self.start).quotientAndRemainder(dividingBy: Self.interval)
        guard rest == 0, let step = Int32(exactly: step) else { return nil }
        return Fix(person: person, step: step)
    }
}
