import Geospatial
import Kafka
import KafkaTestSupport
import LocationProtocol
import LocationQueue
import Models
import Observability

/// Compares the queue in Kafka with plain librdkafka, alternately on one broker from `KAFKA_HOME`.
enum QueueBenchmark: Benchmark {
    static let name = "queue"
    static let summary = "messages a second through Kafka compared with plain librdkafka, and the latency"

    private static let partitions = 8
    private static let persons = 1_250
    private static let batch = 10_000
    private static let logger = Logger(service: "bench", level: .warning)

    static func run(isQuick: Bool) async throws -> [BenchmarkRow] {
        guard KafkaBroker.isAvailable else {
            throw BenchmarkFailure(description: "Set KAFKA_HOME to the folder of a distribution of Apache Kafka 4.")
        }
        let broker = try await KafkaBroker()
        let result: Result<[BenchmarkRow], any Error>
        do {
            result = .success(try await run(on: broker, count: isQuick ? 200_000 : 1_000_000, rounds: isQuick ? 3 : 5))
        } catch {
            result = .failure(error)
        }
        await broker.remove()
        return try result.get()
    }

    private static func run(on broker: KafkaBroker, count: Int, rounds: Int) async throws -> [BenchmarkRow] {
        var figures = Figures()
        let messages = try (0..<count).map(message)
        let values = messages.map { message in
            var value: [UInt8] = []
            message.encode(into: &value)
            return value
        }
        let keys = (1...persons).map { Array(String($0).utf8) }
        for round in 0..<rounds {
            let configuration = KafkaLogConfiguration(
                kafka: broker.configuration,
                topic: "ours-\(round)",
                partitions: partitions
            )
            let raw = try await rawTopic("raw-\(round)", on: broker)
            let bare = try await rawTopic("bare-\(round)", on: broker)
            let log = try KafkaLog(configuration, logger: logger)
            try await withProducer(of: log) { producer in
                figures.produced.append(try await produce(messages, with: producer))
            }
            figures.rawProduced.append(try raw.produce(values, keys: keys, headers: headers))
            figures.bareProduced.append(try bare.produce(values, keys: keys, headers: []))
            figures.consumed.append(try await consume(count, from: log))
            figures.rawConsumed.append(try raw.consume(count, partitions: partitions))
        }
        let latencies = try await latencies(on: broker, count: 1_000)
        return [
            BenchmarkRow(
                work: "appended in batches of 10,000, 4 at a time (raw librdkafka, the same records)",
                ours: figures.produced.median,
                peer: figures.rawProduced.median,
                unit: "messages/s",
                goal: 0.7
            ),
            BenchmarkRow(
                work: "the same (raw librdkafka, records without headers)",
                ours: figures.produced.median,
                peer: figures.bareProduced.median,
                unit: "messages/s",
                goal: 0
            ),
            BenchmarkRow(
                work: "followed from the beginning (raw librdkafka)",
                ours: figures.consumed.median,
                peer: figures.rawConsumed.median,
                unit: "messages/s",
                goal: 0.7
            ),
            BenchmarkRow(
                work: "one message, append called to followed: p50",
                ours: latencies.quantile(0.5),
                peer: 0,
                unit: "ms",
                better: .less,
                goal: 0
            ),
            BenchmarkRow(
                work: "one message, append called to followed: p99",
                ours: latencies.quantile(0.99),
                peer: 0,
                unit: "ms",
                better: .less,
                goal: 0
            ),
        ]
    }

    private struct Figures {
        var produced: [Double] = []
        var rawProduced: [Double] = []
        var bareProduced: [Double] = []
        var consumed: [Double] = []
        var rawConsumed: [Double] = []
    }

    /// As long as the headers of our records.
    private static let headers = [
        (name: "content-type", value: "application/protobuf"), (name: "schema-version", value: "1"),
        (name: "ce_specversion", value: "1.0"), (name: "ce_type", value: "udaconnect.location.reported"),
        (name: "ce_source", value: "/location-producer"),
    ]

    private static func rawTopic(_ name: String, on broker: KafkaBroker) async throws -> RawKafka {
        // Creating the topic also waits for the broker.
        let configuration = KafkaLogConfiguration(kafka: broker.configuration, topic: name, partitions: partitions)
        try await KafkaLog(configuration, logger: logger).prepare()
        return RawKafka(brokers: broker.configuration.brokers, topic: name)
    }

    private static func withProducer(
        of log: KafkaLog,
        _ body: (KafkaLogProducer) async throws -> Void
    ) async throws {
        let producer = try KafkaLogProducer(log: log)
        try await withThrowingTaskGroup { group in
            group.addTask { try await producer.run() }
            defer { producer.stop() }
            try await log.prepare()
            // The first message finds the partition leaders.
            _ = try await producer.append([message(0)])
            try await body(producer)
        }
    }

    private static func produce(_ messages: [LocationMessage], with producer: KafkaLogProducer) async throws -> Double {
        let began = ContinuousClock.now
        try await withThrowingTaskGroup { group in
            for caller in 0..<4 {
                group.addTask {
                    for start in stride(from: caller * batch, to: messages.count, by: 4 * batch) {
                        _ = try await producer.append(Array(messages[start..<min(start + batch, messages.count)]))
                    }
                }
            }
            try await group.waitForAll()
        }
        return Double(messages.count) / (ContinuousClock.now - began).seconds
    }

    private static func consume(_ count: Int, from log: KafkaLog) async throws -> Double {
        let tail = KafkaLogTail(log: log, from: [:])
        var found = 0
        var began = ContinuousClock.now
        while found < count {
            let number = try await tail.next().reduce(0) { $0 + $1.messages.count }
            if found == 0 { began = .now }
            found += number
        }
        return Double(count) / (ContinuousClock.now - began).seconds
    }

    /// Milliseconds from the call of append until the tail has read the message, one message at a time.
    private static func latencies(on broker: KafkaBroker, count: Int) async throws -> [Double] {
        let configuration = KafkaLogConfiguration(
            kafka: broker.configuration,
            topic: "latency",
            partitions: partitions
        )
        let log = try KafkaLog(configuration, logger: logger)
        let tail = KafkaLogTail(log: log, from: [:])
        var milliseconds: [Double] = []
        try await withProducer(of: log) { producer in
            while try await tail.next().isEmpty {}
            for index in 0..<count {
                let message = try message(index)
                let began = ContinuousClock.now
                async let ids = producer.append([message])
                while try await tail.next().isEmpty {}
                milliseconds.append((ContinuousClock.now - began).seconds * 1_000)
                _ = try await ids
            }
        }
        return milliseconds
    }

    /// One person reports every 24 ms.
    private static func message(_ index: Int) throws -> LocationMessage {
        guard let person = PersonID(rawValue: index % persons + 1) else {
            throw BenchmarkFailure(description: "There is no such person.")
        }
        let report = LocationReport(
            personID: person,
            coordinate: try Coordinate(
                latitude: DegreesE7(rawValue: 448_000_000 + Int32(index * 7 % 1_999_999)),
                longitude: DegreesE7(rawValue: 204_000_000 + Int32(index * 13 % 2_999_999))
            ),
            creationTime: Timestamp(microseconds: 1_780_272_000_000_000 + Int64(index) * 24_000)
        )
        return LocationMessage(report: report, receivedAt: nil)
    }
}
