import Foundation
import Geospatial
import Models
import Proximity

/// Our own index.
struct GridIndexPeer: ProximityPeer {
    let name = "UdaConnect"
    let data: ProximityData
    private let index: GridIndex
    /// The memory of its columns and directories in bytes.
    var byteCount: Int { index.byteCount }
    /// The growth of the process by the index in bytes.
    let residentBytes: Int
    /// The time to build it from an array of locations.
    let buildSeconds: Double

    /// Builds the index a few times.
    init(_ data: ProximityData, builds: Int) throws {
        self.data = data
        let before = ResidentMemory.bytes()
        var seconds = Double.infinity
        var index = GridIndex()
        do {
            let locations = try (0..<data.count).map(data.location)
            for _ in 0..<builds {
                index = GridIndex()
                let began = ContinuousClock.now
                index = GridIndex().adding(locations, areDistinct: true)
                seconds = min(seconds, (ContinuousClock.now - began) / .seconds(1))
            }
        }
        self.index = index
        buildSeconds = seconds
        residentBytes = ResidentMemory.bytes() - before
        guard index.count == data.count else {
            throw BenchmarkFailure(description: "The index has \(index.count) of \(data.count) locations.")
        }
    }

    func contacts(_ work: ProximityWork, of persons: [Int32]) async throws -> ProximityAnswers {
        try await contacts(work, of: persons, radius: ProximityWork.radius)
    }

    /// The same with another radius.
    func contacts(_ work: ProximityWork, of persons: [Int32], radius: Double) async throws -> ProximityAnswers {
        let (persons, radius, window, within) = try question(work, persons, radius)
        return try await ProximityAnswers(persons, repeats: ProximityWork.repeats) { person in
            try index.contactCount(of: person, in: window, radius: radius, within: within)
        }
    }

    /// The same with records: measured, sorted, and complete.
    func records(_ work: ProximityWork, of persons: [Int32]) async throws -> ProximityAnswers {
        let (persons, radius, window, within) = try question(work, persons, ProximityWork.radius)
        return try await ProximityAnswers(persons, repeats: ProximityWork.repeats) { person in
            try index.contacts(of: person, in: window, radius: radius, within: within).count
        }
    }

    private func question(
        _ work: ProximityWork,
        _ persons: [Int32],
        _ radius: Double
    ) throws -> (persons: [PersonID], radius: Radius, window: TimeWindow, within: Int64?) {
        guard let radius = Radius(metres: radius) else { throw BenchmarkFailure(description: "No such radius.") }
        return (
            persons.compactMap { PersonID(rawValue: $0) }, radius, try work.timeWindow(of: data),
            work.within.map { $0 * 1_000 }
        )
    }
}

/// The resident memory of this process.
enum ResidentMemory {
    /// The number of bytes, after returning freed memory to the system.
    static func bytes() -> Int {
        // Swift's Glibc module lacks malloc.h.
        if let symbol = dlsym(nil, "malloc_trim") {
            _ = unsafeBitCast(symbol, to: (@convention(c) (Int) -> Int32).self)(0)
        }
        let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .ascii))?.split(separator: " ")
        return (fields?.dropFirst().first.flatMap { Int($0) } ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
