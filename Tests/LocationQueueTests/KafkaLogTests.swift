import Geospatial
import Kafka
import KafkaTestSupport
import LocationProtocol
import Models
import Observability
import Synchronization
import Testing

@testable import LocationQueue

/// Uses librdkafka's mock cluster.
@Suite(.timeLimit(.minutes(5))) struct KafkaLogTests {
    @Test func appendedMessagesReachTheTailWithTheirNumbers() async throws {
        try await withProducer { log, producer in
            let messages = try (0..<500).map { try message(person: Int32($0 % 50 + 1), second: $0) }
            let ids = try await producer.append(messages, trace: TraceContext())
            #expect(Set(ids).count == 500)
            let tail = KafkaLogTail(log: log, from: [:])
            let read = try await readAll(500, from: tail)
            #expect(
                read.mapValues(\.message) == Dictionary(zip(ids, messages), uniquingKeysWith: { first, _ in first })
            )
            #expect(try await log.ends().values.reduce(0, +) == 500)
            // The messages of a person keep their order.
            for person in Set(messages.map(\.report.personID)) {
                let times = read.filter { $0.value.message.report.personID == person }
                    .sorted { $0.key < $1.key }.map(\.value.message.report.creationTime)
                #expect(times == times.sorted())
            }
        }
    }

    @Test func acceptsHandTypedLines() async throws {
        try await withProducer { log, producer in
            let line = Array(#"{"person_id": 1, "latitude": -122.2, "longitude": 37.5}"#.utf8)
            try await producer.append(raw: [RawMessage(key: nil, bytes: line)])
            let read = try await readAll(1, from: KafkaLogTail(log: log, from: [:]))
            #expect(read.values.first?.form == .legacyJSON)
            #expect(read.values.first?.wereAxesExchanged == true)
        }
    }

    @Test func aTailFailsIfTheTopicEndsBeforeItsOffset() async throws {
        try await withProducer { log, producer in
            _ = try await producer.append([try message(person: 1, second: 0)])
            let tail = KafkaLogTail(log: log, from: [0: 1_000])
            await #expect {
                while true { _ = try await tail.next() }
            } throws: { error in
                (error as? LocationQueueError)?.code == .offsetOutOfRange
            }
        }
    }

    @Test func rejectsMessagesUntilTheClusterIsReachable() async throws {
        let nowhere = KafkaLogConfiguration(kafka: KafkaConfiguration(brokers: "127.0.0.1:1", clientID: "tests"))
        let producer = try KafkaLogProducer(log: try KafkaLog(nowhere, logger: silent))
        let next = try message(person: 1, second: 0)
        try await withThrowingTaskGroup { group in
            group.addTask { try await producer.run() }
            await #expect { try await producer.append([next]) } throws: { error in
                (error as? LocationQueueError)?.code == .unavailable
            }
            producer.stop()
            try await group.waitForAll()
        }
    }

    @Test func headersOfAMessageRoundTrip() async throws {
        try await withProducer { log, producer in
            let trace = TraceContext()
            _ = try await producer.append([try message(person: 1, second: 0)], trace: trace)
            var bytes: [UInt8] = []
            try message(person: 1, second: 1).encode(into: &bytes)
            let person = PersonID(rawValue: 1)
            let contexts = [
                MessageContext(schemaVersion: "2", trace: trace), MessageContext(schemaVersion: "2"),
                MessageContext(trace: trace), MessageContext(),
            ]
            try await producer.append(raw: contexts.map { RawMessage(key: person, context: $0, bytes: bytes) })
            let tail = KafkaLogTail(log: log, from: [:])
            var read: [QueuedMessage] = []
            while read.count < 5 { for batch in try await tail.next() { read += batch.messages } }
            #expect(read.map(\.context) == [MessageContext(schemaVersion: "1", trace: trace)] + contexts)
            // The reader does not decode versions that it does not know.
            for (message, isUnderstood) in zip(read, [true, false, false, true, true]) {
                if isUnderstood {
                    _ = try message.decoded()
                } else {
                    #expect(throws: LocationMessageError(.unknownSchemaVersion)) { try message.decoded() }
                }
            }
        }
    }
}

@Suite(.timeLimit(.minutes(5))) struct KafkaLogConsumerTests {
    @Test func continuesFromTheStoredOffsets() async throws {
        try await withProducer { log, producer in
            let messages = try (0..<300).map { try message(person: Int32($0 % 20 + 1), second: $0) }
            let ids = Set(try await producer.append(messages))
            let offsets = StoredOffsets()
            let consumer = try member(of: log, offsets)
            var read: Set<LocationID> = []
            var isFirst = true
            while read.count < 300 {
                let batches = try await consumer.poll()
                if isFirst, !batches.isEmpty {
                    // The batch could not be stored, so it is delivered again.
                    isFirst = false
                    consumer.seekToStoredOffsets()
                    continue
                }
                for batch in batches {
                    #expect(batch.start == offsets[batch.partition])
                    offsets.store(batch)
                    for message in batch.messages {
                        let id = try #require(LocationID(partition: batch.partition, offset: message.offset))
                        #expect(read.insert(id).inserted)
                    }
                }
                consumer.noteStored(batches)
            }
            #expect(read == ids)
            await consumer.leave()
            // The next member starts at the stored offset, whatever the brokers have.
            let next = try member(of: log, offsets)
            let later = try await producer.append([try message(person: 1, second: 1_000)])
            var found: [QueueBatch] = []
            while found.isEmpty { found = try await next.poll() }
            #expect(found.map { LocationID(partition: $0.partition, offset: $0.messages[0].offset) } == later)
            await next.leave()
        }
    }

    /// The database is ahead of the topic, because the topic was recreated.
    @Test func haltsAndCountsAPartitionWithoutTheStoredOffset() async throws {
        try await withProducer { log, producer in
            let offsets = StoredOffsets()
            let places = try await producer.append(try (1...64).map { try message(person: $0, second: 0) })
            let partition = try #require(places[0].place?.partition)
            offsets.set(partition, 100)
            let metrics = MetricsRegistry()
            let consumer = try member(of: log, offsets, metrics)
            var read: Set<LocationID> = []
            let expected = Set(places.filter { $0.place?.partition != partition })
            func isHalted() -> Bool {
                String(decoding: metrics.prometheusText(), as: UTF8.self)
                    .contains("location_queue_halted_partitions 1")
            }
            while read.count < expected.count || !isHalted() {
                for batch in try await consumer.poll() {
                    #expect(batch.partition != partition)
                    read.formUnion(
                        batch.messages.compactMap { LocationID(partition: batch.partition, offset: $0.offset) }
                    )
                }
            }
            #expect(read == expected)
            // If the topic grew past the offset, the earlier messages would be skipped. So the partition remains halted.
            let owner = try #require(places.firstIndex { $0.place?.partition == partition })
            _ = try await producer.append(try (1...200).map { try message(person: Int32(owner + 1), second: $0) })
            consumer.seekToStoredOffsets()
            for _ in 0..<3 {
                let partitions = try await consumer.poll().map(\.partition)
                #expect(!partitions.contains(partition))
            }
            #expect(isHalted())
            // After an operator corrects the offset, the partition continues.
            offsets.set(partition, 0)
            consumer.seekToStoredOffsets()
            var found: [QueueBatch] = []
            while !found.contains(where: { $0.partition == partition }) { found += try await consumer.poll() }
            #expect(!isHalted())
            await consumer.leave()
        }
    }

    private func member(
        of log: KafkaLog,
        _ offsets: StoredOffsets,
        _ metrics: MetricsRegistry = MetricsRegistry()
    ) throws -> KafkaLogConsumer {
        try KafkaLogConsumer(log: log, group: "g", metrics: metrics) { partitions in
            Dictionary(uniqueKeysWithValues: partitions.map { ($0, offsets[$0]) })
        }
    }
}

/// The offsets that a sink stores.
private final class StoredOffsets: Sendable {
    private let offsets = Mutex<[Int: Int64]>([:])

    subscript(_ partition: Int) -> Int64 {
        offsets.withLock { $0[partition] ?? 0 }
    }

    func store(_ batch: QueueBatch) {
        set(batch.partition, batch.end)
    }

    func set(_ partition: Int, _ offset: Int64) {
        offsets.withLock { $0[partition] = offset }
    }
}

/// Discards log lines that tests provoke.
private let silent = Logger(service: "tests", level: .error, output: LogOutput { _ in })

private func message(person number: Int32, second: Int) throws -> LocationMessage {
    let person = try #require(PersonID(rawValue: number))
    let coordinate = try Coordinate(latitude: DegreesE7(rawValue: 1), longitude: DegreesE7(rawValue: 2))
    let time = Timestamp(microseconds: 1_767_225_600_000_000 + Int64(second) * 1_000_000)
    let report = LocationReport(personID: person, coordinate: coordinate, creationTime: time)
    return LocationMessage(report: report, receivedAt: nil)
}

/// Runs a producer on a log in a separate cluster.
private func withProducer(_ body: (KafkaLog, KafkaLogProducer) async throws -> Void) async throws {
    let cluster = try MockCluster()
    for topic in ["location", "location.dead-letter"] { try cluster.createTopic(topic, partitions: 4) }
    let log = try KafkaLog(KafkaLogConfiguration(kafka: cluster.configuration), logger: silent)
    let producer = try KafkaLogProducer(log: log)
    try await withThrowingTaskGroup { group in
        group.addTask { try await producer.run() }
        defer { producer.stop() }
        try await log.prepare()
        try await body(log, producer)
    }
}

private func readAll(_ count: Int, from tail: KafkaLogTail) async throws -> [LocationID: DecodedLocation] {
    var read: [LocationID: DecodedLocation] = [:]
    while read.count < count {
        for batch in try await tail.next() {
            for message in batch.messages {
                let id = try #require(LocationID(partition: batch.partition, offset: message.offset))
                read[id] = try message.decoded()
            }
        }
    }
    return read
}
