import Foundation
import Geospatial
import Models
import Proximity
import Synchronization

/// Our own index.
struct GridIndexPeer: ProximityPeer {
    let name = "UdaConnect"
    let data: ProximityData
    private let index: GridIndex
    /// How many bytes its columns and directories take.
    var byteCount: Int { index.byteCount }
    /// How many bytes the process has grown by with it.
    let residentBytes: Int
    /// How long it took to make it of an array of locations.
    let buildSeconds: Double

    /// Makes the index, a few times.
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

    /// The same, at another radius.
    func contacts(_ work: ProximityWork, of persons: [Int32], radius: Double) async throws -> ProximityAnswers {
        let (persons, radius, window, within) = try question(work, persons, radius)
        return try await ProximityAnswers(persons, repeats: ProximityWork.repeats) { person in
            try index.contactCount(of: person, in: window, radius: radius, within: within)
        }
    }

    /// The same as records: measured, sorted, and with all that a location has.
    func records(_ work: ProximityWork, of persons: [Int32]) async throws -> ProximityAnswers {
        let (persons, radius, window, within) = try question(work, persons, ProximityWork.radius)
        return try await ProximityAnswers(persons, repeats: ProximityWork.repeats) { person in
            try index.contacts(of: person, in: window, radius: radius, within: within).count
        }
    }

    func pairs(_ work: ProximityWork) async throws -> ProximityAnswers? {
        try await pairs(work, radius: ProximityWork.radius, cores: 1)
    }

    /// All pairs in slices of time, on one core or several.
    func pairs(_ work: ProximityWork, radius: Double, cores: Int) async throws -> ProximityAnswers {
        let window = try work.timeWindow(of: data)
        let slices = slices(of: work, cores: cores)
        let within = (work.within ?? 0) * 1_000
        return await ProximityAnswers([0]) { _ in
            let next = Atomic(0)
            let total = Atomic(0)
            DispatchQueue.concurrentPerform(iterations: cores) { _ in
                var count = 0
                while true {
                    let slice = next.add(1, ordering: .relaxed).oldValue
                    guard slice < slices.count else { break }
                    // Nothing bounds it, so that it does not fail.
                    let found = try? index.coPresenceCount(
                        startingIn: slices[slice],
                        in: window,
                        radius: radius,
                        within: within
                    )
                    count += found ?? 0
                }
                total.add(count, ordering: .relaxed)
            }
            return total.load(ordering: .relaxed)
        }
    }

    /// A day each, as far as there is one for each core; what is left over in parts that have as many locations each.
    private func slices(of work: ProximityWork, cores: Int) -> [TimeWindow] {
        let window = work.window(of: data)
        let whole = work.days / cores * cores
        var starts = (0...whole).map { window.lowerBound + Int64($0) * ProximityData.day }
        let first = data.times.firstIndex { $0 >= starts[whole] } ?? data.count
        if whole < work.days, first < data.count {
            starts += (1..<cores).map { data.times[first + (data.count - first) * $0 / cores] }
            starts.append(window.upperBound + 1)
        }
        return zip(starts, starts.dropFirst()).compactMap { start, end in
            TimeWindow(start: Timestamp(microseconds: start * 1_000), end: Timestamp(microseconds: end * 1_000))
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

/// The memory of this process that is in RAM.
enum ResidentMemory {
    /// How many bytes; what has been freed is given back first.
    static func bytes() -> Int {
        // Swift's Glibc module leaves malloc.h out.
        if let symbol = dlsym(nil, "malloc_trim") {
            _ = unsafeBitCast(symbol, to: (@convention(c) (Int) -> Int32).self)(0)
        }
        let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .ascii))?.split(separator: " ")
        return (fields?.dropFirst().first.flatMap { Int($0) } ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
