package import Kafka

/// The broker for integration tests: Apache Kafka if `KAFKA_HOME` is set, else librdkafka's mock cluster.
///
/// It prints its choice to standard output.
package enum TestBroker: Sendable {
    case kafka(KafkaBroker)
    case mock(MockCluster)

    /// The topic of locations on the mock cluster, which the services cannot create themselves.
    private static let topic = "location"

    /// The settings for clients.
    package var configuration: KafkaConfiguration {
        switch self {
        case .kafka(let broker): broker.configuration
        case .mock(let cluster): cluster.configuration
        }
    }

    /// Starts a broker, and removes it after `body`, even after an error.
    package static func withBroker(_ body: (TestBroker) async throws -> Void) async throws {
        guard KafkaBroker.isAvailable else {
            print("The broker of this test is librdkafka's mock cluster; set KAFKA_HOME for Apache Kafka.")
            let cluster = try MockCluster()
            try cluster.createTopic(topic, partitions: 8)
            try cluster.createTopic("\(topic).dead-letter", partitions: 8)
            return try await body(.mock(cluster))
        }
        print("The broker of this test is Apache Kafka, from KAFKA_HOME.")
        let broker = try await KafkaBroker()
        let outcome: Result<Void, any Error>
        do {
            try await broker.configuration.waitUntilAnswering()
            outcome = .success(try await body(.kafka(broker)))
        } catch {
            outcome = .failure(error)
        }
        await broker.remove()
        try outcome.get()
    }
}
