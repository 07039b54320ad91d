import Geospatial
import LocationProtocol
import Models
import Observability
import Persistence
import Postgres
import Simulation
import Synchronization
import TestSupport
import Testing

@testable import LocationQueue

@Suite(.timeLimit(.minutes(10))) struct PostgresLogTests {
    @Test func readsAppendedMessagesInOrderWithTheirNumbers() async throws {
        try await withProducer { log, producer in
            var ids: [LocationID: LocationMessage] = [:]
            for round in 0..<5 {
                let messages = try (0..<200).map { try message(person: Int32($0 % 50 + 1), second: round * 200 + $0) }
                for (id, message) in zip(try await producer.append(messages), messages) { ids[id] = message }
            }
            #expect(ids.count == 1_000)
            let read = try await readAll(log)
            #expect(read.mapValues(\.message) == ids)
            #expect(try await log.ends().values.reduce(0, +) == 1_000)
        }
    }

    /// Concurrent callers of all sizes, in two producers: offsets have neither gaps nor duplicates, and the messages of a
    /// person keep the order of their acknowledgements.
    @Test func concurrentCallersLeaveNoGap() async throws {
        try await withProducer { log, producer in
            let other = PostgresLogProducer(log: PostgresLog(client: log.client))
            try await withThrowingTaskGroup { group in
                for caller in 1...16 as ClosedRange<Int32> {
                    group.addTask {
                        let queue = caller.isMultiple(of: 2) ? producer : other
                        var second = 0
                        for step in 0..<25 {
                            let count = step % 5 == 0 ? 40 : 1
                            let batch = try (0..<count).map { try message(person: caller, second: second + $0) }
                            #expect(try await queue.append(batch).count == count)
                            second += count
                        }
                    }
                }
                try await group.waitForAll()
            }
            let read = try await readAll(log)
            #expect(read.count == 16 * (5 * 40 + 20))
            for person in Set(read.values.map(\.message.report.personID)) {
                let times = read.filter { $0.value.message.report.personID == person }
                    .sorted { $0.key < $1.key }.map(\.value.message.report.creationTime)
                #expect(times == times.sorted())
            }
        }
    }

    /// The ids of two regions never collide, because each appends to partitions of its own.
    @Test func appendsToPartitionsOfItsRegion() async throws {
        try await withProducer { log, producer in
            try await log.client.execute(
                "INSERT INTO location_log_partition (partition, region) SELECT generate_series(8, 15), 2"
            )
            #expect(try await log.partitionCount() == 16)
            let messages = try (0..<100).map { try message(person: Int32($0 + 1), second: $0) }
            let first = try await producer.append(messages)
            try await log.client.execute(
                "CREATE OR REPLACE FUNCTION own_region() RETURNS smallint LANGUAGE sql STABLE AS 'SELECT 2::smallint'"
            )
            let second = try await PostgresLogProducer(log: PostgresLog(client: log.client)).append(messages)
            #expect(Set(first.compactMap { $0.place?.partition }) == Set(0..<8))
            #expect(Set(second.compactMap { $0.place?.partition }) == Set(8..<16))
            let one = try person(1)
            #expect(PostgresLog.partition(of: one, among: 8..<16) == PostgresLog.partition(of: one, among: 8) + 8)
        }
    }

    @Test func readsFromTheMiddleOfABlock() async throws {
        try await withProducer { log, producer in
            _ = try await producer.append(try (0..<100).map { try message(person: 1, second: $0) })
            let partition = PostgresLog.partition(of: try person(1), among: 8)
            let batches = try await log.read(from: [partition: 60], maximumBytes: 1 << 20)
            let batch = try #require(batches.first)
            #expect((batch.start, batch.end) == (60, 100))
            #expect(batch.messages.map(\.offset) == Array(60..<100))
            #expect(try await log.read(from: [partition: 100], maximumBytes: 1 << 20).isEmpty)
        }
    }

    @Test func limitsTheSizeOfARead() async throws {
        try await withProducer { log, producer in
            for round in 0..<20 {
                _ = try await producer.append(try (0..<100).map { try message(person: 1, second: round * 100 + $0) })
            }
            let partition = PostgresLog.partition(of: try person(1), among: 8)
            let all = try #require(try await log.read(from: [partition: 0], maximumBytes: 1 << 20).first)
            #expect(all.messages.count == 2_000)
            let some = try #require(try await log.read(from: [partition: 0], maximumBytes: 10_000).first)
            #expect((100...600).contains(some.messages.count))
            // A block is never split, however small the limit.
            #expect(try await log.read(from: [partition: 0], maximumBytes: 1).first?.messages.count == 100)
        }
    }

    @Test func removesOnlyOldAndStoredBlocks() async throws {
        try await withProducer { log, producer in
            for round in 0..<4 { _ = try await producer.append([try message(person: 1, second: round)]) }
            let partition = PostgresLog.partition(of: try person(1), among: 8)
            try await log.client.execute("UPDATE location_log SET appended_at = appended_at - interval '1 h'")
            _ = try await producer.append([try message(person: 1, second: 9)])
            #expect(try await log.removeBlocks(olderThan: .seconds(7_200), before: [partition: 5]) == 0)
            #expect(try await log.removeBlocks(olderThan: .seconds(60), before: [partition: 2]) == 2)
            #expect(try await log.removeBlocks(olderThan: .seconds(60), before: [partition: 5]) == 2)
            // A reader of a removed offset gets an error; it does not silently skip ahead.
            await #expect { try await log.read(from: [partition: 1], maximumBytes: 100) } throws: { error in
                (error as? LocationQueueError)?.code == .offsetOutOfRange
            }
        }
    }

    @Test func distinguishesADamagedBlockFromAWrongConfiguration() async throws {
        try await withProducer { log, producer in
            _ = try await producer.append([try message(person: 1, second: 0)])
            try await log.client.execute("UPDATE location_log SET messages = decode('ff', 'hex')")
            let partition = PostgresLog.partition(of: try person(1), among: 8)
            await #expect { try await log.read(from: [partition: 0], maximumBytes: 100) } throws: { error in
                (error as? LocationQueueError)?.code == .corruptBlock
            }
        }
    }

    /// One caller writes for several, and the others are not affected if its client disconnects.
    @Test func cancelledCallersDoNotFailOthers() async throws {
        try await withProducer { log, producer in
            for round in 0..<20 {
                try await withThrowingTaskGroup { group in
                    let cancelled = (0..<8).map { index in
                        Task { try await producer.append([message(person: 1, second: 100 * round + index)]) }
                    }
                    for index in 0..<8 {
                        group.addTask {
                            let messages = [try message(person: 2, second: 100 * round + index)]
                            #expect(try await producer.append(messages).count == 1)
                        }
                    }
                    for task in cancelled { task.cancel() }
                    try await group.waitForAll()
                    for task in cancelled { _ = await task.result }
                }
            }
            let seconds = try await readAll(log).values.map(\.message.report)
                .filter { $0.personID == PersonID(stored: 2) }.map(\.creationTime)
            #expect(Set(seconds).count == 160)
        }
    }

    @Test func keepsMessagesInAnUnknownFormatUnchanged() async throws {
        try await withProducer { log, producer in
            let line = Array(#"{"person_id": 1, "latitude": -122.2, "longitude": 37.5}"#.utf8)
            try await producer.append(raw: [
                RawMessage(key: try person(1), bytes: line), RawMessage(key: nil, bytes: [0xFF]),
            ])
            var bytes: Set<[UInt8]> = []
            for batch in try await log.read(
                from: Dictionary(uniqueKeysWithValues: (0..<8).map { ($0, 0) }),
                maximumBytes: 1 << 20
            ) {
                for message in batch.messages { bytes.insert(message.bytes) }
            }
            #expect(bytes == [line, [0xFF]])
        }
    }
}

@Suite(.timeLimit(.minutes(10))) struct PostgresLogConsumerTests {
    @Test func membersShareThePartitionsAndReplaceDeadOnes() async throws {
        try await withProducer { log, producer in
            let offsets = StoredOffsets()
            func member(_ name: String) -> PostgresLogConsumer {
                PostgresLogConsumer(
                    log: log,
                    member: name,
                    lease: .seconds(600),
                    logger: quiet,
                    storedOffsets: offsets.of
                )
            }
            let (first, second) = (member("a"), member("b"))
            // Both members join before the first message, and the first one refreshes its share.
            _ = try await first.poll()
            _ = try await second.poll()
            first.seekToStoredOffsets()
            for person in 1...64 as ClosedRange<Int32> {
                _ = try await producer.append([try message(person: person, second: 0)])
            }
            let shares = try await [first.poll(), second.poll()]
            #expect(shares.map { Set($0.map(\.partition)) } == [[0, 2, 4, 6], [1, 3, 5, 7]])
            for batch in shares.joined() { offsets.store(batch) }
            // The second member dies without leaving, and its lease expires. The first one takes over its partitions at the stored
            // offsets.
            try await log.client.execute(
                "UPDATE location_log_member SET expires_at = now() - interval '1 s' WHERE member = 'b'"
            )
            for person in 1...64 as ClosedRange<Int32> {
                _ = try await producer.append([try message(person: person, second: 1)])
            }
            first.seekToStoredOffsets()
            let taken = try await first.poll()
            #expect(Set(taken.map(\.partition)).count == 8)
            #expect(taken.map(\.messages.count).reduce(0, +) == 64)
        }
    }

    @Test func aMemberThatLeavesIsReplacedAtOnce() async throws {
        try await withProducer { log, producer in
            let offsets = StoredOffsets()
            let (first, second) = (
                PostgresLogConsumer(log: log, member: "a", logger: quiet, storedOffsets: offsets.of),
                PostgresLogConsumer(log: log, member: "b", logger: quiet, storedOffsets: offsets.of)
            )
            _ = try await first.poll()
            await first.leave()
            _ = try await producer.append(try (1...64).map { try message(person: $0, second: 0) })
            #expect(try await second.poll().count == 8)
        }
    }

    @Test func seeksToTheStoredOffset() async throws {
        try await withProducer { log, producer in
            let offsets = StoredOffsets()
            let consumer = PostgresLogConsumer(log: log, member: "a", logger: quiet, storedOffsets: offsets.of)
            _ = try await producer.append([try message(person: 1, second: 0)])
            let batch = try #require(try await consumer.poll().first)
            consumer.seekToStoredOffsets()
            #expect(try await consumer.poll().first?.start == batch.start)
            offsets.store(batch)
            consumer.seekToStoredOffsets()
            _ = try await producer.append([try message(person: 1, second: 1)])
            #expect(try await consumer.poll().first?.start == batch.end)
        }
    }

    @Test func stopsIfTheLogWasRecreated() async throws {
        try await withProducer { log, _ in
            let consumer = PostgresLogConsumer(log: log, member: "a", logger: quiet) { partitions in
                Dictionary(uniqueKeysWithValues: partitions.map { ($0, 17) })
            }
            await #expect { try await consumer.poll() } throws: { error in
                (error as? LocationQueueError)?.code == .offsetOutOfRange
            }
        }
    }

    @Test func anAppendWakesAWaitingReader() async throws {
        try await withProducer { log, producer in
            let consumer = PostgresLogConsumer(log: log, member: "a", logger: quiet, storedOffsets: StoredOffsets().of)
            for second in 0..<20 {
                async let batches = consumer.poll()
                _ = try await producer.append([try message(person: 1, second: second)])
                var received = try await batches
                if received.isEmpty { received = try await consumer.poll() }
                #expect(received.map(\.messages.count) == [1])
            }
        }
    }

    @Test(arguments: [1, 2, 3, 8, 9])
    func assignsEveryPartitionOnce(count: Int) {
        var generator = Xoshiro256(seed: UInt64(count))
        let members = (0..<count).map { "member-\($0)" }
        let dealt = members.flatMap {
            PostgresLogConsumer.assignment(of: $0, among: members.shuffled(using: &generator), partitions: 8)
        }
        #expect(dealt.sorted() == Array(0..<8))
    }
}

@Suite(.timeLimit(.minutes(10))) struct PostgresLogTailTests {
    @Test func everyTailReadsAllMessagesFromItsStart() async throws {
        try await withProducer { log, producer in
            _ = try await producer.append(try (1...64).map { try message(person: $0, second: 0) })
            let middle = try await log.ends()
            let start = middle.mapValues { _ in Int64(0) }
            let (whole, rest) = (PostgresLogTail(log: log, from: start), PostgresLogTail(log: log, from: middle))
            let again = PostgresLogTail(log: log, from: start, maximumBytes: 1)
            _ = try await producer.append(try (1...64).map { try message(person: $0, second: 1) })
            func read(_ tail: PostgresLogTail, _ count: Int) async throws -> Set<LocationID> {
                var ids: Set<LocationID> = []
                while ids.count < count {
                    for batch in try await tail.next() {
                        for message in batch.messages {
                            ids.insert(try #require(LocationID(partition: batch.partition, offset: message.offset)))
                        }
                    }
                }
                return ids
            }
            let all = try await read(whole, 128)
            #expect(all.count == 128)
            let seenAgain = try await read(again, 128)
            #expect(seenAgain == all)
            let later = try await read(rest, 64)
            #expect(later.isSubset(of: all))
            #expect(later.count == 64)
        }
    }

    @Test func failsIfTheLogWasTruncated() async throws {
        try await withProducer { log, producer in
            _ = try await producer.append([try message(person: 1, second: 0)])
            _ = try await producer.append([try message(person: 1, second: 1)])
            let partition = PostgresLog.partition(of: try person(1), among: 8)
            try await log.client.execute("DELETE FROM location_log WHERE last_offset = 0")
            let tail = PostgresLogTail(log: log, from: [partition: 0])
            await #expect { try await tail.next() } throws: { error in
                (error as? LocationQueueError)?.code == .offsetOutOfRange
            }
        }
    }
}

/// The offsets that a sink stores.
private final class StoredOffsets: Sendable {
    private let offsets = Mutex<[Int: Int64]>([:])

    var of: @Sendable ([Int]) async throws -> [Int: Int64] {
        { partitions in
            self.offsets.withLock { stored in
                Dictionary(uniqueKeysWithValues: partitions.map { ($0, stored[$0] ?? 0) })
            }
        }
    }

    func store(_ batch: QueueBatch) {
        offsets.withLock { $0[batch.partition] = batch.end }
    }
}

private let quiet = Logger(service: "tests", level: .error)

private func person(_ number: Int32) throws -> PersonID {
    try #require(PersonID(rawValue: number))
}

private func message(person number: Int32, second: Int) throws -> LocationMessage {
    let coordinate = try Coordinate(latitude: DegreesE7(rawValue: 1), longitude: DegreesE7(rawValue: 2))
    let time = Timestamp(microseconds: 1_767_225_600_000_000 + Int64(second) * 1_000_000)
    let report = LocationReport(personID: try person(number), coordinate: coordinate, creationTime: time)
    return LocationMessage(report: report, receivedAt: nil)
}

/// Runs a producer on a log in a separate database.
private func withProducer(_ body: (PostgresLog, PostgresLogProducer) async throws -> Void) async throws {
    try await TestDatabase.withClient(.tables) { client in
        let log = PostgresLog(client: client)
        try await body(log, PostgresLogProducer(log: log))
    }
}

private func readAll(_ log: PostgresLog) async throws -> [LocationID: DecodedLocation] {
    var positions = Dictionary(uniqueKeysWithValues: (0..<8).map { ($0, Int64(0)) })
    var read: [LocationID: DecodedLocation] = [:]
    while true {
        let batches = try await log.read(from: positions, maximumBytes: 5_000)
        if batches.isEmpty { return read }
        for batch in batches {
            #expect(batch.start == positions[batch.partition])
            #expect(batch.messages.map(\.offset) == Array(batch.start..<batch.end))
            positions[batch.partition] = batch.end
            for message in batch.messages {
                let id = try #require(LocationID(partition: batch.partition, offset: message.offset))
                read[id] = try message.decoded()
            }
        }
    }
}
