import Foundation
import Kafka
import KafkaTestSupport

/// The Kafka that cases run on.
enum Broker: Sendable {
    /// Brokers of our own, from `KAFKA_HOME`, which can be killed.
    case apache(KafkaCluster)
    /// A cluster that `FAULTS_KAFKA_BROKERS` names; nothing is done to it.
    case foreign(KafkaConfiguration)
    /// librdkafka's imitation, in this process.
    case mock(MockCluster)

    /// Takes what there is: a cluster that the user names, brokers from `KAFKA_HOME`, else the imitation.
    static func find(brokers: Int = 1) async throws -> Broker {
        if let brokers = ProcessInfo.processInfo.environment["FAULTS_KAFKA_BROKERS"], !brokers.isEmpty {
            return .foreign(KafkaConfiguration(brokers: brokers, clientID: "faults"))
        }
        guard KafkaBroker.isAvailable else { return .mock(try MockCluster()) }
        let cluster = try await KafkaCluster(brokers: brokers)
        try await cluster.configuration.waitUntilAnswering()
        return .apache(cluster)
    }

    /// How it is reached.
    var configuration: KafkaConfiguration {
        switch self {
        case .apache(let cluster): cluster.configuration
        case .foreign(let configuration): configuration
        case .mock(let cluster): cluster.configuration
        }
    }

    /// What it is, for people.
    var description: String {
        switch self {
        case .apache(let cluster):
            cluster.brokers.count == 1 ? "Apache Kafka" : "Apache Kafka, \(cluster.brokers.count) brokers"
        case .foreign: "Kafka of FAULTS_KAFKA_BROKERS"
        case .mock: "librdkafka's mock cluster"
        }
    }

    /// Whether it may be killed.
    var isOurs: Bool {
        if case .apache = self { true } else { false }
    }

    /// Kills one of the brokers and starts it again, without waiting for it.
    ///
    /// - Throws: ``Obstacle`` if it is not ours.
    func bounceOne(_ number: Int) async throws {
        guard case .apache(let cluster) = self else { throw Obstacle("There is no broker process to kill.") }
        let broker = cluster.brokers[number % cluster.brokers.count]
        await broker.kill9()
        try await broker.start()
    }

    /// Makes a case's topics where the services cannot.
    func prepare(topic: String) throws {
        guard case .mock(let cluster) = self else { return }
        try cluster.createTopic(topic, partitions: 8)
        try cluster.createTopic("\(topic).dead-letter", partitions: 8)
    }

    /// Takes it away: kills the brokers, or cuts the imitation's connections.
    ///
    /// - Throws: ``Obstacle`` if it is the user's.
    func takeAway() async throws {
        switch self {
        case .apache(let cluster): await cluster.kill9()
        case .foreign: throw Obstacle("A cluster that is not the suite's own is not killed.")
        case .mock(let cluster): cluster.stopBroker()
        }
    }

    /// Brings it back, and returns when it answers.
    func bringBack() async throws {
        switch self {
        case .apache(let cluster):
            try await cluster.start()
            try await cluster.configuration.waitUntilAnswering()
        case .foreign: break
        case .mock(let cluster): cluster.startBroker()
        }
    }

    /// Ends it for good.
    func remove() async {
        if case .apache(let cluster) = self { await cluster.remove() }
    }
}
