package import Foundation
package import Kafka
internal import Observability
internal import TestSupport

/// Brokers of Apache Kafka that are one cluster; with three of them, each record is on three and acknowledged by two.
package final class KafkaCluster: Sendable {
    /// The brokers.
    package let brokers: [KafkaBroker]

    /// Makes and starts the brokers; clients wait for them.
    ///
    /// - Parameters:
    ///   - count: how many.
    ///   - parent: the folder in which they store everything.
    ///   - proxied: a port at which the only broker listens as well, and the port of the proxy that leads there, to
    ///     which it sends those who come that way.
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

    /// How it is reached.
    package var configuration: KafkaConfiguration {
        KafkaConfiguration(
            brokers: brokers.map { "127.0.0.1:\($0.port)" }.joined(separator: ","),
            clientID: "tests"
        )
    }

    /// Starts all brokers, again if they were ended; returns at once.
    package func start() async throws {
        for broker in brokers { try await broker.start() }
    }

    /// Ends all brokers without giving them time for anything.
    package func kill9() async {
        for broker in brokers { await broker.kill9() }
    }

    /// Ends all brokers for good, and removes what they have stored.
    package func remove() async {
        for broker in brokers { await broker.remove() }
    }
}

extension KafkaConfiguration {
    /// Waits until the cluster answers, which it does some seconds after its start, or minutes where all else starts too.
    package func waitUntilAnswering() async throws {
        let admin = try KafkaAdmin(self, logger: Logger(service: "tests", level: .error))
        try await eventually("Kafka answers", within: .seconds(180)) { (try? await admin.clusterID()) != nil }
    }
}
