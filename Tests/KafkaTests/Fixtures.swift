import KafkaTestSupport
import Observability

@testable import Kafka

let quiet = Logger(service: "tests", level: .error, output: LogOutput { _ in })

/// Runs a producer connected to a cluster.
func withProducer(
    of configuration: KafkaConfiguration,
    maximumRecords: Int = 200_000,
    _ body: (KafkaProducer) async throws -> Void
) async throws {
    let producer = try KafkaProducer(configuration, maximumRecords: maximumRecords, logger: quiet)
    try await withThrowingTaskGroup { group in
        group.addTask { await producer.run() }
        defer { producer.stop() }
        try await body(producer)
    }
}

/// Records with one key and numbers as values.
func records(_ numbers: Range<Int>, key: String? = "k") -> [KafkaRecord] {
    numbers.map { KafkaRecord(key: key.map { Array($0.utf8) }, value: Array(String($0).utf8)) }
}
