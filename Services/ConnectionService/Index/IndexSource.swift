import LocationQueue
import Models
import Persistence
import Postgres
import QueueService
import ServiceRuntime

/// The source of stored locations for the index.
protocol LocationArchive: Sendable {
    /// Reads all locations from a day on, in chunks; returns the next offset of each partition, and the existing
    /// persons.
    func load(
        from day: CalendarDate?,
        _ take: ([Location]) async throws -> Void
    ) async throws -> (offsets: [Int: Int64], persons: [PersonID])

    /// Returns which of some persons exist, and the next offset of each partition, in one snapshot.
    func standing(of persons: [PersonID]) async throws -> (existing: Set<PersonID>, offsets: [Int: Int64])

    /// Returns which of some locations are stored.
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

extension LocationQueueConfiguration {
    /// The queue to follow.
    ///
    /// This does not connect yet.
    ///
    /// - Parameters:
    ///   - client: the database of the embedded log.
    ///   - process: provides the logger.
    /// - Returns: the queue.
    /// - Throws: `KafkaError` if librdkafka rejects the configuration.
    func followed(in client: PostgresClient, _ process: ServiceProcess) throws -> any LocationQueueLog {
        switch backend {
        case .postgres: PostgresLog(client: client)
        case .kafka: try KafkaLog(kafka, logger: process.logger)
        }
    }
}
