internal import DatabaseService
package import LocationQueue
package import Postgres
package import ServiceRuntime

/// The queue of a process that appends messages.
package struct ProducingQueue: Sendable {
    /// Appends messages.
    package let producer: any LocationQueueProducer
    /// Services to start before appending.
    package let services: [Service]
    /// Checks whether messages can be appended.
    package let readiness: ReadinessCheck

    /// Wires the configured queue; nothing is connected yet.
    ///
    /// - Throws: `KafkaError` if librdkafka rejects the configuration.
    package init(
        _ configuration: LocationQueueConfiguration,
        _ database: PostgresConfiguration,
        _ process: ServiceProcess
    ) throws {
        switch configuration.backend {
        case .postgres:
            let database = Database(database, process)
            producer = PostgresLogProducer(log: PostgresLog(client: database.client))
            services = [database.service]
            readiness = database.readiness
        case .kafka:
            let log = try KafkaLog(configuration.kafka, logger: process.logger)
            let queue = try KafkaLogProducer(log: log)
            producer = queue
            services = [Service(name: "queue", run: { try await queue.run() }, stop: { queue.stop() })]
            readiness = ReadinessCheck(name: "queue", check: log.isReachable)
        }
    }
}

extension ProducingQueue {
    /// Runs the queue during `body`, which is called once messages can be appended.
    ///
    /// - Parameter body: appends messages.
    /// - Returns: what `body` returns.
    /// - Throws: what `body` throws, or what ends the queue.
    package func withRunning<Value: Sendable>(
        _ body: @escaping @Sendable (any LocationQueueProducer) async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            for service in services {
                try await service.start()
                group.addTask {
                    try await service.run?()
                    return nil
                }
            }
            group.addTask {
                while await !readiness.check() { try await Task.sleep(for: .milliseconds(50)) }
                return try await body(producer)
            }
            var outcome: Result<Value, any Error>?
            do {
                while outcome == nil, let value = try await group.next() { outcome = value.map { .success($0) } }
            } catch {
                outcome = .failure(error)
            }
            for service in services.reversed() { await service.stop() }
            group.cancelAll()
            guard let outcome else { throw CancellationError() }
            return try outcome.get()
        }
    }
}
