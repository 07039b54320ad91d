import Foundation
import Geospatial
import Models
import Presence
import Simulation

/// A data set with fixes and true meetings: a folder with `fixes.bin` and `truth.bin`; see `Peers/records.py`.
struct MeetingsData {
    /// The origin of the data.
    enum Source {
        /// The project's simulator.
        case event(attendees: Int, hours: Int, seed: UInt64)
        /// Real contacts of a day, with simulated places, walks and phones. An interval of 0 means a mixture.
        case contacts(String, day: Int, deviations: ClosedRange<Double>, interval: Int)
    }

    let name: String
    let source: Source

    /// Maximum distance of two persons who are together, in metres.
    var radius: Double {
        switch source {
        case .event: 3
        case .contacts: 2
        }
    }

    /// The folder with the files, which are generated if missing.
    ///
    /// - Throws: if the Python packages are unavailable, or the disk is full.
    func folder() throws -> String {
        let folder = ".build/bench/meetings/\(name)"
        guard !FileManager.default.fileExists(atPath: "\(folder)/truth.bin") else { return folder }
        note("making \(name)")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        switch source {
        case .event(let attendees, let hours, let seed):
            try Self.simulate(
                SimulationConfiguration(
                    attendees: attendees,
                    duration: hours * 3_600,
                    seed: seed,
                    meetingRadius: radius
                ),
                into: folder
            )
        case .contacts(let data, let day, let deviations, let interval):
            try MeetingsPython.run([
                "generate.py", data, "\(day)", "1", "\(deviations.lowerBound)", "\(deviations.upperBound)",
                "\(interval)", folder,
            ])
        }
        return folder
    }

    private static func simulate(_ configuration: SimulationConfiguration, into folder: String) throws {
        var simulator = EventSimulator(configuration)
        var (deliveries, meetings): ([Delivery], [Meeting]) = ([], [])
        while try simulator.step(deliveries: &deliveries, meetings: &meetings) {}
        var fixes = Data()
        for delivery in deliveries {
            fixes.append(delivery.creationTime.microseconds)
            fixes.append(Int32(delivery.attendee + 1))
            fixes.append(Int32(1))
            fixes.append(delivery.coordinate.latitude.rawValue)
            fixes.append(delivery.coordinate.longitude.rawValue)
            fixes.append(delivery.accuracy?.metres ?? 0)
            fixes.append(UInt16(0))
        }
        var truth = MeetingsRecords()
        for meeting in meetings {
            truth.add(
                Int32(meeting.first + 1),
                Int32(meeting.second + 1),
                meeting.start.microseconds,
                meeting.end.microseconds,
                score: 1
            )
        }
        try fixes.write(to: URL(fileURLWithPath: "\(folder)/fixes.bin"))
        try truth.write(to: "\(folder)/truth.bin")
    }

    /// The fixes of each device in order of arrival, including repetitions.
    static func trails(in folder: String) throws -> [TrailKey: [Fix]] {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/fixes.bin"))
        var trails: [TrailKey: [Fix]] = [:]
        bytes.withUnsafeBytes { bytes in
            for start in stride(from: 0, to: bytes.count, by: 28) {
                func value<Value: BitwiseCopyable>(at offset: Int, as type: Value.Type) -> Value {
                    bytes.loadUnaligned(fromByteOffset: start + offset, as: type)
                }
                let fix = Fix(
                    time: value(at: 0, as: Int64.self),
                    coordinate: Coordinate(
                        stored: DegreesE7(rawValue: value(at: 16, as: Int32.self)),
                        DegreesE7(rawValue: value(at: 20, as: Int32.self))
                    ),
                    accuracy: value(at: 24, as: UInt16.self),
                    marks: Fix.Marks(rawValue: UInt8(truncatingIfNeeded: value(at: 26, as: UInt16.self)))
                )
                let key = TrailKey(person: value(at: 8, as: Int32.self), device: value(at: 12, as: Int32.self))
                trails[key, default: []].append(fix)
            }
        }
        return trails
    }
}

/// True or found meetings, in the format of `Peers/records.py`.
struct MeetingsRecords {
    private var bytes = Data()

    mutating func add(_ first: Int32, _ second: Int32, _ start: Int64, _ end: Int64, score: Double) {
        bytes.append(first)
        bytes.append(second)
        bytes.append(start)
        bytes.append(end)
        bytes.append(score)
    }

    func write(to path: String) throws {
        try bytes.write(to: URL(fileURLWithPath: path))
    }
}

extension Data {
    fileprivate mutating func append(_ value: some BitwiseCopyable) {
        Swift.withUnsafeBytes(of: value) { append(contentsOf: $0) }
    }
}
