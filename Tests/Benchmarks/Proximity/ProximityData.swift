import Foundation
import Geospatial
import Models

/// The locations that the proximity benchmark is about, as `Peers/generate_data.py` makes them.
///
/// They are made once and kept under `.build/bench/data`.
struct ProximityData: Sendable {
    /// Where the columns are.
    let folder: String
    /// Midnight before the first location, in milliseconds since 1970.
    let start: Int64
    /// What tells these data from others.
    let checksum: String
    /// The persons whose contacts are asked for.
    let measured: [Int32]
    /// Whose each location is, in the order of time.
    let persons: [Int32]
    /// Degrees × 10⁷.
    let latitudes: [Int32]
    /// Degrees × 10⁷.
    let longitudes: [Int32]
    /// Milliseconds since 1970.
    let times: [Int64]

    /// The latitude that is farthest from the equator.
    let farthestLatitude: Int32

    /// Milliseconds in a day.
    static let day: Int64 = 86_400_000

    /// How many locations there are.
    var count: Int { persons.count }

    /// Reads data, and makes them before if they are not there.
    ///
    /// - Parameters:
    ///   - count: how many locations the city has.
    ///   - growth: how many times as many there are to be, the others not near those who are measured.
    /// - Throws: if Python's packages cannot be had, or there is no room.
    init(count: Int, growth: Int = 1) throws {
        folder = ".build/bench/data/\(count)" + (growth > 1 ? "x\(growth)" : "")
        if !FileManager.default.fileExists(atPath: "\(folder)/data.json") {
            note("making \(count * growth) locations")
            try PeerPython.run([
                "generate_data.py", "--locations", "\(count)", "--grown", "\(growth)", "--out", folder,
            ])
        }
        let description = try JSONDecoder().decode(
            Description.self,
            from: Data(contentsOf: URL(fileURLWithPath: "\(folder)/data.json"))
        )
        start = description.start
        checksum = description.sha256
        measured = description.measured
        persons = try Self.column("\(folder)/person.i32", count: description.locations)
        latitudes = try Self.column("\(folder)/latitude.i32", count: description.locations)
        longitudes = try Self.column("\(folder)/longitude.i32", count: description.locations)
        times = try Self.column("\(folder)/time.i64", count: description.locations)
        farthestLatitude = latitudes.max { abs($0) < abs($1) } ?? 0
    }

    /// A number as the queue gives it: eight partitions in turn.
    func id(_ index: Int) -> Int64 {
        LocationID.leastQueued + Int64(index / 8 * LocationID.partitions + index % 8)
    }

    /// A location as the index takes it.
    func location(_ index: Int) throws -> Location {
        guard let id = LocationID(rawValue: id(index)), let person = PersonID(rawValue: persons[index]) else {
            throw BenchmarkFailure(description: "\(folder) has a location of nobody.")
        }
        let coordinate = try coordinate(index)
        let time = Timestamp(microseconds: times[index] * 1_000)
        return Location(id: id, report: LocationReport(personID: person, coordinate: coordinate, creationTime: time))
    }

    /// Where a location is.
    func coordinate(_ index: Int) throws -> Coordinate {
        try Coordinate(
            latitude: DegreesE7(rawValue: latitudes[index]),
            longitude: DegreesE7(rawValue: longitudes[index])
        )
    }

    private struct Description: Decodable {
        let locations: Int
        let start: Int64
        let sha256: String
        let measured: [Int32]
    }

    private static func column<Value: BitwiseCopyable>(_ path: String, count: Int) throws -> [Value] {
        let data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
        guard data.count == count * MemoryLayout<Value>.stride else {
            throw BenchmarkFailure(description: "\(path) is not whole; remove its folder to make it anew.")
        }
        return data.withUnsafeBytes { Array($0.bindMemory(to: Value.self)) }
    }
}

/// Tells whoever waits what is being done.
func note(_ text: String) {
    FileHandle.standardError.write(Data("bench: \(text)\n".utf8))
}
