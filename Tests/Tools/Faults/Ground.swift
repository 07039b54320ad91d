import Foundation
import Postgres
import TestSupport

extension Suite {
    /// The environment that the cases of a queue share: servers that cases stop and kill.
    struct Ground: Sendable {
        /// The kind of queue.
        let queue: Queue
        /// The database server.
        let server: PostgresServer
        /// The Kafka cluster, if Kafka is the queue.
        let broker: Broker?
        /// The primary and its standby, if replicated.
        var pair: PostgresPair?
        /// The proxy in front of the broker, if any.
        var brokerProxy: TCPProxy?
        /// Small disks by their content, if any.
        var disks: [SmallDisk.Content: SmallDisk] = [:]
        /// Distinguishes topics and groups of this run from those of others on a shared cluster.
        let run = String(UInt32.random(in: .min ... .max), radix: 36)

        /// The settings for the database `postgres`.
        var database: PostgresConfiguration { pair?.configuration ?? server.configuration }

        /// A description of the queue for people.
        var description: String { broker?.description ?? queue.rawValue }

        /// Starts the servers of a queue with the given number of brokers, and ends them after `body`.
        static func with<Value>(
            _ queue: Queue,
            brokers: Int,
            _ body: (Ground) async throws -> Value
        ) async throws -> Value {
            let folder = ".build/faults/postgres-\(queue.rawValue)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let server = try PostgresServer(in: folder)
            let broker = queue == .kafka ? try await Broker.find(brokers: brokers) : nil
            let outcome: Result<Value, any Error>
            do {
                outcome = .success(try await body(Ground(queue: queue, server: server, broker: broker)))
            } catch {
                outcome = .failure(error)
            }
            await broker?.remove()
            try await server.stop()
            return try outcome.get()
        }
    }
}
