import Foundation
import Kafka
import KafkaTestSupport

/// The Kafka cluster of the cases.
enum Broker: Sendable {
    /// Brokers of our own, from `KAFKA_HOME`, which can be killed.
    case apache(KafkaCluster)
    /// A cluster named by `FAULTS_KAFKA_BROKERS`; the cases do not harm it.
    case foreign(KafkaConfiguration)
    /// librdkafka's mock cluster in this process.
    case mock(MockCluster)

    /// Chooses a cluster: one that the user names, else brokers from `KAFKA_HOME`, else the mock cluster.
    static func find(brokers: Int = 1) async throws -> Broker {
        if let brokers = ProcessInfo.processInfo.environment["FAULTS_KAFKA_BROKERS"], !brokers.isEmpty {
            return .foreign(KafkaConfiguration(brokers: brokers, clientID: "faults"))
        }
        guard KafkaBroker.isAvailable else { return .mock(try MockCluster()) }
        let cluster = try await KafkaCluster(brokers: brokers)
        try await cluster.configuration.waitUntilAnswering()
        return .apache(cluster)
    }

    /// The settings for clients.
    var configuration: KafkaConfiguration {
        switch self {
        case .apache(let cluster): cluster.configuration
        case .foreign(let configuration): configuration
        case .mock(let cluster): cluster.configuration
        }
    }

    /// A description for people.
    var description: String {
        switch self {
        case .apache(let cluster):
            cluster.brokers.count == 1 ? "Apache Kafka" : "Apache Kafka, \(cluster.brokers.count) brokers"
        case .foreign: "Kafka of FAULTS_KAFKA_BROKERS"
        case .mock: "librdkafka's mock cluster"
        }
    }

    /// Whether cases may kill it.
    var isOurs: Bool {
        if case .apache = self { true } else { false }
    }

    /// Kills one of the brokers and starts it again, without waiting for it.
    ///
    /// - Throws: ``Obstacle`` if the brokers are not ours.
    func bounceOne(_ number: Int) async throws {
        guard case .apache(let cluster) = self else { throw Obstacle("There is no broker process to kill.") }
        let broker = cluster.brokers[number % cluster.brokers.count]
        await broker.kill9()
        try await broker.start()
    }

    /// Creates the topics of a case where the services cannot.
    func prepare(topic: String) throws {
        guard case .mock(let cluster) = self else { return }
        try cluster.createTopic(topic, partitions: 8)
        try cluster.createTopic("\(topic).dead-letter", partitions: 8)
    }

    /// Makes the cluster unreachable: kills the brokers, or closes the connections of the mock cluster.
    ///
    /// - Throws: ``Obstacle`` if the cluster belongs to the user.
    func takeAway() async throws {
        switch self {
        case .apache(let cluster): await cluster.kill9()
        case .foreign: throw Obstacle("A cluster that is not the suite's own is not killed.")
        case .mock(let cluster): cluster.stopBroker()
        }
    }

    /// Makes the cluster reachable again, and waits until it answers.
    func bringBack() async throws {
        switch self {
        case .apache(let cluster):
            try await cluster.start()
            try await cluster.configuration.waitUntilAnswering()
        case .foreign: break
        case .mock(let cluster): cluster.startBroker()
        }
    }

    /// Ends the cluster permanently.
    func remove() async {
        if case .apache(let cluster) = self { await cluster.remove() }
    }
}
