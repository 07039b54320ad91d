import Models
import Persistence
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct LocationSinkTests {
    @Test func storesEachLocationOnce() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(2)
            let sink = LocationSink(client: client)
            // The same person and time again: within the batch, and in the next one.
            let first = try await sink.store(
                [try location(0), try location(1, second: 1), try location(2, second: 1), try location(3, person: 2)],
                from: 0,
                to: 4
            )
            #expect(first == SinkOutcome(stored: 3, duplicates: 1))
            let second = try await sink.store([try location(4), try location(5, second: 2)], from: 4, to: 6)
            #expect(second == SinkOutcome(stored: 1, duplicates: 1))
            let trail = try await LocationStore(client: client).trail(of: try person(1))
            #expect(trail == [try location(0), try location(1, second: 1), try location(5, second: 2)])
            #expect(try await sink.offsets(of: [0, 3]) == [0: 6, 3: 0])
        }
    }

    @Test func storesEachDeviceAndPlaceOfATimeOnce() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(1)
            let sink = LocationSink(client: client)
            let elsewhere: (Int32, Int32) = (480_000_001, 20_000_000)
            let batch = [
                try location(0), try location(1, device: 1), try location(2, device: 255),
                try location(3, at: elsewhere),
                try location(4, device: 1), try location(5, at: elsewhere, device: 1), try location(6, second: 1),
            ]
            let first = try await sink.store(batch, from: 0, to: 7)
            #expect(first == SinkOutcome(stored: 6, duplicates: 1))
            // All of it again with other numbers, and one more device.
            let again = try batch.map { old in
                Location(
                    id: try #require(LocationID(partition: 0, offset: 7 + (old.id.place?.offset ?? 0))),
                    report: old.report
                )
            }
            let second = try await sink.store(again + [try location(14, device: 2)], from: 7, to: 15)
            #expect(second == SinkOutcome(stored: 1, duplicates: 7))
            let trail = try await LocationStore(client: client).trail(of: try person(1))
            #expect(trail == batch[..<4] + [batch[5], try location(14, device: 2), batch[6]])
            for location in trail {
                #expect(try await LocationStore(client: client).location(location.id) == location)
            }
            let exported = try await LocationStore(client: client).withExport(from: nil) { export in
                var all: [Location] = []
                for try await chunk in export.locations { all += chunk }
                return all
            }
            #expect(Set(exported) == Set(trail))
        }
    }

    @Test func deadLettersLocationsBeyondTheMaximumPerTime() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(1)
            let sink = LocationSink(client: client)
            func locations(_ offsets: Range<Int64>) throws -> [Location] {
                try offsets.map { try location($0, at: (Int32($0), 0)) }
            }
            let first = try await sink.store(try locations(0..<200), from: 0, to: 200)
            #expect(first == SinkOutcome(stored: 200))
            let second = try await sink.store(try locations(200..<260), from: 200, to: 260)
            #expect(second.stored == 56)
            #expect(second.deadLetters.map(\.offset) == [256, 257, 258, 259])
            #expect(Set(second.deadLetters.map(\.reason)) == [.crowdedMoment])
            #expect(second.duplicates == 0)
        }
    }

    @Test func concurrentConsumersStoreEachLocationOnce() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(1)
            let sink = LocationSink(client: client)
            _ = try await sink.offsets(of: Array(0..<4))
            // After partitions were added to a topic, several of them have a person's locations.
            try await withThrowingTaskGroup { group in
                for partition in 0..<4 {
                    group.addTask {
                        for second in 0..<10 as Range<Int64> {
                            let batch = try (0..<5).map { index in
                                let device = UInt8(1 + (partition + index) % 5)
                                let report = try location(0, second: second, device: device).report
                                let offset = second * 5 + Int64(index)
                                return Location(
                                    id: try #require(LocationID(partition: partition, offset: offset)),
                                    report: report
                                )
                            }
                            try await Self.storeRepeatedly(batch, second: second, partition: partition, sink)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let trail = try await LocationStore(client: client).trail(of: try person(1))
            #expect(trail.count == 50)
            #expect(Set(trail.map(\.report.identity)).count == 50)
        }
    }

    /// Stores a batch of five as the consumer does, which retries if another one was faster.
    private static func storeRepeatedly(
        _ batch: [Location],
        second: Int64,
        partition: Int,
        _ sink: LocationSink
    ) async throws {
        while true {
            do {
                _ = try await sink.store(
                    batch.map(received),
                    advancing: [OffsetAdvance(partition: partition, expected: second * 5, next: second * 5 + 5)]
                )
                return
            } catch let error as PostgresError where error.sqlState == .uniqueViolation {
                continue
            }
        }
    }

    @Test func rejectsBatchesOfFormerOwners() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(1)
            let sink = LocationSink(client: client)
            _ = try await sink.store([try location(0)], from: 0, to: 1)
            await #expect(throws: OffsetConflict()) {
                try await sink.store([try location(1, second: 1)], from: 0, to: 2)
            }
            #expect(try await LocationStore(client: client).trail(of: try person(1)).count == 1)
            #expect(try await sink.offsets(of: [0]) == [0: 1])
        }
    }

    @Test func oneOfTwoConcurrentOwnersWins() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(1)
            let sinks = [LocationSink(client: client), LocationSink(client: client)]
            var next: Int64 = 0
            for _ in 0..<20 {
                let base = next
                let batch = try (0..<50).map { try location(base + $0, second: base + $0) }
                let wins = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for sink in sinks {
                        group.addTask {
                            do {
                                return try await sink.store(batch, from: base, to: base + 50).stored == 50
                            } catch is OffsetConflict {
                                return false
                            }
                        }
                    }
                    return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(wins == 1)
                next += 50
            }
            #expect(try await LocationStore(client: client).trail(of: try person(1)).count == 1_000)
        }
    }

    @Test func deadLettersLocationsOfUnknownPersons() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(1)
            let sink = LocationSink(client: client)
            let unknown = try location(1, person: 77)
            let outcome = try await sink.store([try location(0), unknown], from: 0, to: 2)
            #expect(outcome == SinkOutcome(stored: 1, deadLetters: [received(unknown).deadLetter(.unknownPerson)]))
            let letters = try await DeadLetterStore(client: client).entries(
                reason: "unknown_person",
                after: 0,
                limit: 9
            )
            #expect(letters.map(\.payload) == [[1, 2, 3]])
            #expect(letters.first?.place?.offset == 1)
            #expect(letters.first?.schemaVersion == "7")
            #expect(letters.first?.trace == deadLetterTrace)
            try await DeadLetterStore(client: client).remove(letters.map(\.id))
            #expect(try await DeadLetterStore(client: client).entries(reason: nil, after: 0, limit: 9).isEmpty)
        }
    }

    @Test func rejectsAnotherQueueOnceOffsetsAreStored() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(1)
            let sink = LocationSink(client: client)
            try await sink.bind(to: "postgres")
            // Nothing has been stored yet, so another queue is accepted.
            try await sink.bind(to: "kafka:a/location")
            _ = try await sink.store([try location(0)], from: 0, to: 1)
            try await sink.bind(to: "kafka:a/location")
            await #expect(throws: QueueMismatch.self) { try await sink.bind(to: "postgres") }
            await #expect(throws: QueueMismatch.self) { try await sink.bind(to: "kafka:b/location") }
        }
    }

    @Test func rejectsAnotherQueueWhileTheEmbeddedLogHasMessages() async throws {
        try await withMigratedDatabase { client in
            try await client.execute("UPDATE location_log_partition SET next_offset = 1 WHERE partition = 3")
            let sink = LocationSink(client: client)
            await #expect(throws: QueueMismatch.self) { try await sink.bind(to: "kafka:a/location") }
            try await sink.bind(to: "postgres")
        }
    }

    @Test func publishesEachDeadLetterAtLeastOnce() async throws {
        try await withMigratedDatabase { client in
            let sink = LocationSink(client: client)
            let store = DeadLetterStore(client: client)
            _ = try await sink.store(try (0..<5).map { try location($0, second: $0) }, from: 0, to: 5)
            struct Refusal: Error {}
            await #expect(throws: Refusal.self) { try await store.publishNext(3) { _ in throw Refusal() } }
            var published: [Int64?] = []
            while try await store.publishNext(3, { published += $0.map { $0.place?.offset } }) > 0 {}
            #expect(published == [0, 1, 2, 3, 4])
            // A concurrent publisher gets other rows.
            _ = try await sink.store(try (5..<7).map { try location($0, second: $0) }, from: 5, to: 7)
            let count = try await store.publishNext(1) { first in
                #expect(first.map { $0.place?.offset } == [5])
                let others = try await store.publishNext(9) { #expect($0.map { $0.place?.offset } == [6]) }
                #expect(others == 1)
            }
            #expect(count == 1)
        }
    }

    @Test func createsPartitionsOnDemand() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(8)
            let sink = LocationSink(client: client)
            _ = try await sink.offsets(of: Array(0..<8))
            // Fifteen months, from before 2000 to the last representable day, and midnight itself.
            let times = [
                "1970-01-01T00:00:00", "1999-12-31T23:59:59.999999", "2000-01-01T00:00:00",
                "2026-11-30T23:59:59.999999",
                "2026-12-01T00:00:00", "9999-12-31T23:59:59.999999",
            ]
            try await withThrowingTaskGroup { group in
                for partition in 0..<8 {
                    group.addTask {
                        let batch = try times.enumerated().map { index, time in
                            Location(
                                id: try #require(LocationID(partition: partition, offset: Int64(index))),
                                report: LocationReport(
                                    personID: try person(Int32(partition + 1)),
                                    coordinate: try coordinate(0, 0),
                                    creationTime: try #require(Timestamp(iso8601: time.utf8))
                                )
                            )
                        }
                        let outcome = try await sink.store(
                            batch.map(received),
                            advancing: [OffsetAdvance(partition: partition, expected: 0, next: Int64(times.count))]
                        )
                        #expect(outcome.stored == times.count)
                    }
                }
                try await group.waitForAll()
            }
            let names = try await client.query(
                "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'location'::regclass ORDER BY 1"
            ).column(String.self)
            #expect(
                names == [
                    "location_2000_01", "location_2026_11", "location_2026_12", "location_9999_12",
                    "location_before_2000",
                ]
            )
            let trail = try await LocationStore(client: client).trail(of: try person(3))
            #expect(trail.map(\.report.creationTime.description) == times.dropLast())
        }
    }

    @Test func erasesWhileLocationsArrive() async throws {
        try await withMigratedDatabase { client in
            let persons = PersonStore(client: client)
            try await persons.createPersons(2)
            let sink = LocationSink(client: client)
            _ = try await sink.store([try location(0), try location(1, person: 2)], from: 0, to: 2)
            // Locations arrive while their person is being erased.
            try await withThrowingTaskGroup { group in
                group.addTask {
                    for step in 0..<20 as Range<Int64> {
                        let batch = try (0..<20).map { try location(2 + step * 20 + $0, second: 1 + step * 20 + $0) }
                        _ = try await sink.store(batch, from: 2 + step * 20, to: 22 + step * 20)
                    }
                }
                group.addTask {
                    let isErased = try await persons.erase(try person(1))
                    #expect(isErased)
                }
                try await group.waitForAll()
            }
            let store = LocationStore(client: client)
            #expect(try await store.trail(of: try person(1)).isEmpty)
            #expect(try await store.trail(of: try person(2)).count == 1)
            #expect(try await !persons.erase(try person(1)))
            _ = try await persons.erase(try person(77))
        }
    }

    /// With outdated statistics, the planner expects almost no rows in a batch's time; each location must still be
    /// looked up by its key.
    @Test func storesQuicklyWithOutdatedStatistics() async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(40)
            let sink = LocationSink(client: client)
            func batch(persons: ClosedRange<Int32>, seconds: Range<Int64>, from offset: Int64) throws -> [Location] {
                var next = offset
                return try persons.flatMap { person in
                    try seconds.map { second in
                        defer { next += 1 }
                        return try location(next, person: person, second: second)
                    }
                }
            }
            _ = try await sink.store(try batch(persons: 1...40, seconds: 0..<10, from: 0), from: 0, to: 400)
            try await client.execute("ANALYZE location")
            let many = try batch(persons: 1...20, seconds: 1_000..<4_000, from: 400)
            _ = try await sink.store(many, from: 400, to: 60_400)
            let clock = ContinuousClock()
            let time = try await clock.measure {
                let more = try batch(persons: 21...30, seconds: 1_000..<4_000, from: 60_400)
                #expect(try await sink.store(more, from: 60_400, to: 90_400).stored == 30_000)
            }
            // Reading all stored rows for each location takes minutes.
            #expect(time < .seconds(15))
        }
    }
}
