import LocationQueue
import Models
import Persistence
import Postgres
import ServiceRuntime
import ServiceWiring

/// Where the index gets what is stored.
protocol LocationArchive: Sendable {
    /// Reads all locations from a day on, piece by piece; returns where the queue goes on behind them, and who existed.
    func load(
        from day: CalendarDate?,
        _ take: ([Location]) async throws -> Void
    ) async throws -> (offsets: [Int: Int64], persons: [PersonID])

    /// Which of some persons exist, and where storing goes on in each partition: all as of one moment.
    func standing(of persons: [PersonID]) async throws -> (existing: Set<PersonID>, offsets: [Int: Int64])

    /// Which of some locations are stored.
    func stored(of locations: [Location]) async throws -> Set<LocationID>
}

extension LocationStore: LocationArchive {
    func load(
        from day: CalendarDate?,
        _ take: ([Location]) async throws -> Void
    ) async throws -> (offsets: [Int: Int64], persons: [PersonID]) {
        try await withExport(from: day) { export in
            for try await chunk in export.locations { try await take(chunk) }
            return (export.offsets, export.persons)
        }
    }
}

/// The queue that the index follows.
protocol FollowedQueue: Sendable {
    associatedtype Tail: LocationQueueTail

    /// Follows all partitions, each from an offset.
    func tail(from offsets: [Int: Int64]) -> Tail

    /// The offset behind the last message, by partition.
    func ends() async throws -> [Int: Int64]
}

extension PostgresLog: FollowedQueue {
    func tail(from offsets: [Int: Int64]) -> PostgresLogTail {
        PostgresLogTail(log: self, from: offsets)
    }
}

extension KafkaLog: FollowedQueue {
    func tail(from offsets: [Int: Int64]) -> KafkaLogTail {
        KafkaLogTail(log: self, from: offsets)
    }
}

extension LocationQueueConfiguration {
    /// The queue that is to be followed; nothing is connected yet.
    ///
    /// - Parameters:
    ///   - client: the database of the embedded log.
    ///   - process: whose logger is used.
    /// - Returns: the queue.
    /// - Throws: if the configuration is none that Kafka takes.
    func followed(in client: PostgresClient, _ process: ServiceProcess) throws -> any FollowedQueue {
        switch backend {
        case .postgres: PostgresLog(client: client)
        case .kafka: try KafkaLog(kafka, logger: process.logger)
        }
    }
}
