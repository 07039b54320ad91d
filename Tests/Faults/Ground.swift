import Foundation
import Postgres
import TestSupport

extension Suite {
    /// What is in place for all cases of a queue: the servers, which cases end and kill.
    struct Ground: Sendable {
        /// What the queue is.
        let queue: Queue
        /// The database server.
        let server: PostgresServer
        /// The brokers, where the queue is theirs.
        let broker: Broker?
        /// The server's standby, where it has one.
        var pair: PostgresPair?
        /// What lies before the broker for those who come by it.
        var brokerProxy: TCPProxy?
        /// Where there is little room, by what is stored there.
        var disks: [SmallDisk.Content: SmallDisk] = [:]
        /// Tells topics and groups of this run from those of others, on a cluster that outlives it.
        let run = String(UInt32.random(in: .min ... .max), radix: 36)

        /// How to reach the database `postgres`.
        var database: PostgresConfiguration { pair?.configuration ?? server.configuration }

        /// What the queue is, for people.
        var description: String { broker?.description ?? queue.rawValue }

        /// Starts the servers of a queue, so many brokers among them, and ends them whatever becomes of `body`.
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
