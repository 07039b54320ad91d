import Geospatial
import Models
import Presence
import Testing

@testable import MeetingFinder

@Suite struct TrailCollectorTests {
    private func record(
        person: Int32 = 1,
        device: UInt8 = 0,
        time: Int64 = 1_772_438_400_000_000,
        latitude: Int32 = 525_000_000,
        longitude: Int32 = 132_000_000,
        accuracy: UInt16 = 5,
        marks: UInt8 = 0
    ) -> [UInt8] {
        func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
            withUnsafeBytes(of: value.littleEndian) { Array($0) }
        }
        return bytes(time) + bytes(person) + bytes(latitude) + bytes(longitude) + bytes(accuracy) + [device, marks]
    }

    /// Two persons who sit together for half an hour, and a third one 200 m away.
    private var crowd: [UInt8] {
        (1...3).flatMap { (person: Int32) in
            (0..<60).flatMap { (step: Int64) in
                record(
                    person: person,
                    time: 1_772_438_400_000_000 + step * 30_000_000,
                    latitude: 525_000_000 + (person == 3 ? 20_000 : 10 * person)
                )
            }
        }
    }

    private func meetings(_ pieces: [[UInt8]], workers: Int = 1) async throws -> [PersonMeeting] {
        var trails = TrailCollector()
        for piece in pieces { try trails.add(piece) }
        let map = try await trails.finish().map(workers: workers)
        return try await map.meetings(ofPersonsAt: 0..<map.personCount, MeetingRule(), workers: workers)
    }

    @Test func findsTheMeetingOfTwoPersons() async throws {
        let found = try await meetings([crowd])
        #expect(found.map(\.first) == [1])
        #expect(found.map(\.second) == [2])
    }

    @Test(arguments: [1, 7, 24, 1_000])
    func acceptsPiecesOfAnySize(size: Int) async throws {
        let bytes = crowd
        let pieces = stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
        #expect(try await meetings(pieces, workers: 3) == meetings([bytes]))
    }

    @Test func rejectsInvalidRecords() {
        let cases: [(record: [UInt8], field: String)] = [
            (record(person: 0), "the person"), (record(time: .max), "the time"),
            (record(latitude: 900_000_001), "the latitude"), (record(longitude: -1_800_000_001), "the longitude"),
            (record(marks: 4), "the marks"),
        ]
        for (invalid, field) in cases {
            var trails = TrailCollector()
            let error = #expect(throws: FinderError.self) { try trails.add(record() + invalid) }
            #expect(error?.description == "Record 2: \(field) is out of range.")
        }
    }

    @Test func rejectsRecordsOutOfOrder() {
        for next in [record(person: 1), record(person: 2, device: 0), record(person: 2, device: 1, time: 0)] {
            var trails = TrailCollector()
            #expect(throws: FinderError.self) { try trails.add(record(person: 2, device: 1) + next) }
        }
    }

    @Test func rejectsAnIncompleteRecord() {
        var trails = TrailCollector()
        #expect(throws: FinderError.self) {
            try trails.add(record() + [1])
            _ = try trails.finish()
        }
    }

    @Test(
        arguments: [
            ["--distance", "0"], ["--distance"], ["--gap", "-1"], ["--least", "nan"], ["--probability", "2"],
            ["--workers", "0"], ["--walk"], ["--from", "now"], ["--to", "2026-03-02", "--from", "2026-03-03"],
        ]
    )
    func namesTheInvalidArgument(arguments: [String]) {
        let error = #expect(throws: FinderError.self) { try FinderOptions(arguments) }
        #expect(error?.description.contains(arguments[0]) == true)
    }

    @Test func readsTheRule() throws {
        let options = try FinderOptions(
            ["--distance", "3", "--gap", "60", "--least", "0", "--workers", "2"]
                + ["--from", "2026-03-02T08:00:00Z", "--to", "2026-03-02T09:00:00Z"]
        )
        var rule = MeetingRule()
        (rule.distance, rule.gap, rule.least) = (3, 60, 0)
        rule.window = 1_772_438_400_000_000..<1_772_442_000_000_000
        #expect(options.rule == rule)
        #expect(options.workers == 2)
    }
}
