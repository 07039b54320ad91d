package import Foundation
package import Kafka
internal import Observability
internal import TestSupport

/// A cluster of Kafka brokers.
///
/// With three of them, each record has three replicas, of which two must acknowledge.
package final class KafkaCluster: Sendable {
    /// The brokers.
    package let brokers: [KafkaBroker]

    /// Creates and starts the brokers.
    ///
    /// Clients wait for them.
    ///
    /// - Parameters:
    ///   - count: the number of brokers.
    ///   - parent: the folder of all files.
    ///   - proxied: for a single broker, the port of an additional listener, and the port of the proxy to it, which the
    ///     listener advertises.
    /// - Throws: if they do not start.
    package init(
        brokers count: Int,
        in parent: URL = FileManager.default.temporaryDirectory,
        proxied: (port: Int, advertised: Int)? = nil
    ) async throws {
        let nodes = try (0..<count).map { try KafkaBroker.Node($0, proxied: count == 1 ? proxied : nil) }
        let id = KafkaBroker.clusterID()
        brokers = try await withThrowingTaskGroup(of: (Int, KafkaBroker).self) { group in
            for (index, node) in nodes.enumerated() {
                group.addTask { (index, try await KafkaBroker(node, among: nodes, cluster: id, in: parent)) }
            }
            var brokers: [(Int, KafkaBroker)] = []
            for try await broker in group { brokers.append(broker) }
            return brokers.sorted { $0.0 < $1.0 }.map(\.1)
        }
        try await start()
    }

    /// The settings for clients.
    package var configuration: KafkaConfiguration {
        KafkaConfiguration(
            brokers: brokers.map { "127.0.0.1:\($0.port)" }.joined(separator: ","),
            clientID: "tests"
        )
    }

    /// Starts or restarts all brokers.
    ///
    /// Returns at once.
    package func start() async throws {
        for broker in brokers { try await broker.start() }
    }

    /// Kills all brokers.
    package func kill9() async {
        for broker in brokers { await broker.kill9() }
    }

    /// Ends all brokers permanently, and deletes their files.
    package func remove() async {
        for broker in brokers { await broker.remove() }
    }
}

extension KafkaConfiguration {
    /// Waits until the cluster answers: some seconds after its start, or minutes on a busy machine.
    package func waitUntilAnswering() async throws {
        let admin = try KafkaAdmin(self, logger: Logger(service: "tests", level: .error))
        try await eventually("Kafka answers", within: .seconds(180)) { (try? await admin.clusterID()) != nil }
    }
}
