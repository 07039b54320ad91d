import Foundation
import Presence

/// Runs our library on the fixes of a data set.
struct MeetingsWork {
    /// The cost from the first fix to the last record.
    struct Cost {
        let seconds: Double
        let bytes: Int
        let locations: Int
        let records: Int
    }

    private let trails: [TrailKey: [Fix]]
    private let rule: MeetingRule

    init(_ data: MeetingsData) throws {
        trails = try MeetingsData.trails(in: data.folder())
        var rule = MeetingRule()
        rule.distance = data.radius
        // The truth bridges gaps of a minute.
        rule.gap = 60
        self.rule = rule
    }

    /// Finds all meetings and counts them.
    ///
    /// - Parameter workers: the number of cores.
    /// - Returns: the cost.
    /// - Throws: Never, because the search has no budget.
    func measure(workers: Int) async throws -> Cost {
        let before = ResidentMemory.bytes()
        ResidentMemory.resetPeak()
        let start = ContinuousClock.now
        let answers = try await answers(workers: workers)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return Cost(
            seconds: seconds,
            bytes: ResidentMemory.peak() - before,
            locations: trails.values.reduce(0) { $0 + $1.count },
            records: answers.reduce(0) { $0 + $1.meetings.count }
        )
    }

    /// The time to answer for each person, one by one, with an existing map.
    func secondsPerPerson() async throws -> [Double] {
        let map = await map(workers: 1)
        return try Set(trails.keys.map(\.person)).sorted().map { person in
            let start = ContinuousClock.now
            let answers = try map.answers(of: person, rule)
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            return answers.isEmpty ? 0 : seconds
        }
    }

    /// Writes the records for the figures: pieces of time, meetings, and pairs by probability and by seconds.
    func write(to folder: String) async throws {
        var (pieces, meetings) = (MeetingsRecords(), MeetingsRecords())
        var (people, seconds) = (MeetingsRecords(), MeetingsRecords())
        for answer in try await answers(workers: 2) {
            let (first, second) = (answer.person.first, answer.person.second)
            for piece in answer.pieces {
                pieces.add(first, second, piece.start, piece.end, score: piece.probability)
            }
            for meeting in answer.meetings {
                meetings.add(first, second, meeting.start, meeting.end, score: meeting.probability)
            }
            people.add(first, second, 0, 0, score: answer.person.probability)
            seconds.add(first, second, 0, 0, score: answer.person.seconds)
        }
        try pieces.write(to: "\(folder)/ours-pieces.bin")
        try meetings.write(to: "\(folder)/ours-meetings.bin")
        try people.write(to: "\(folder)/ours-people.bin")
        try seconds.write(to: "\(folder)/ours-seconds.bin")
    }

    private func answers(workers: Int) async throws -> [PresenceMap.Answer] {
        try await map(workers: workers).answers(rule, workers: workers)
    }

    private func map(workers: Int) async -> PresenceMap {
        let devices = trails.sorted { $0.key < $1.key }
        let part = (devices.count + workers - 1) / workers
        let chunks = await withTaskGroup(of: [(Int32, [TrailChunk])].self) { group in
            for start in stride(from: 0, to: devices.count, by: max(part, 1)) {
                let own = devices[start..<min(start + part, devices.count)]
                group.addTask { own.map { ($0.key.person, Self.chunks(of: $0.key, $0.value)) } }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        let persons = Dictionary(grouping: chunks) { $0.0 }
        return await PresenceMap(persons.mapValues { PersonSegments($0.map(\.1)) }, workers: workers)
    }

    private static func chunks(of key: TrailKey, _ fixes: [Fix]) -> [TrailChunk] {
        Dictionary(grouping: fixes) { TrailChunk.number(of: $0.time) }.sorted { $0.key < $1.key }
            .map { TrailChunk(of: key, $0.value) }
    }
}

extension ResidentMemory {
    /// Resets the peak memory.
    fileprivate static func resetPeak() {
        try? Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
    }

    /// The peak memory in bytes since the reset; 0 if the system does not report it.
    fileprivate static func peak() -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .ascii))?.split(separator: "\n") ?? []
        let line = status.first { $0.hasPrefix("VmHWM:") }
        let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return kibibytes * 1_024
    }
}
