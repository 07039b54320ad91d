package import Kafka
package import LocationProtocol
package import Models
package import Observability

/// Appends to the topic in Kafka.
///
/// ``run()`` must run.
package final class KafkaLogProducer: LocationQueueProducer {
    let log: KafkaLog
    private let producer: KafkaProducer

    /// A producer for a log.
    ///
    /// - Throws: `KafkaError` if librdkafka rejects the configuration.
    package init(log: KafkaLog) throws(KafkaError) {
        self.log = log
        producer = try KafkaProducer(log.configuration.kafka, logger: log.logger)
    }

    package func append(
        _ messages: [LocationMessage],
        trace: TraceContext?
    ) async throws(LocationQueueError) -> [LocationID] {
        let places = try await send(
            messages.map(LocationRecord.record),
            to: log.configuration.topic,
            headers: LocationRecord.headers(trace: trace)
        )
        var ids: [LocationID] = []
        ids.reserveCapacity(places.count)
        for place in places {
            guard let id = LocationID(partition: place.partition, offset: place.offset) else {
                throw LocationQueueError(.offsetBeyondNumbering)
            }
            ids.append(id)
        }
        return ids
    }

    package func append(raw messages: [RawMessage]) async throws(LocationQueueError) {
        let records = messages.map {
            KafkaRecord(
                key: $0.key.map(LocationRecord.key),
                headers: LocationRecord.headers(of: $0.context),
                value: $0.bytes
            )
        }
        _ = try await send(records, to: log.configuration.topic)
    }

    /// Creates missing topics, and delivers until ``stop()`` has been called.
    package func run() async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                do {
                    try await self.log.prepare()
                } catch {
                    // Without its topic the producer cannot go on; a cancelled group ends anyway.
                    if !(error is CancellationError) {
                        self.stop()
                        throw error
                    }
                }
                return false
            }
            group.addTask {
                await self.producer.run()
                return true
            }
            while let hasEnded = try await group.next() {
                if hasEnded { group.cancelAll() }
            }
        }
    }

    /// Refuses further messages, so that ``run()`` can end.
    package func stop() {
        producer.stop()
    }

    func send(
        _ records: [KafkaRecord],
        to topic: String,
        headers: [KafkaHeader] = []
    ) async throws(LocationQueueError) -> [KafkaPlace] {
        // Until the cluster has answered once, callers get an error at once instead of waiting.
        _ = try log.partitions()
        do throws(KafkaError) {
            return try await producer.send(records, to: topic, headers: headers)
        } catch {
            switch error.code {
            case .queueFull: throw LocationQueueError(.full, cause: error)
            case .stopped: throw LocationQueueError(.stopped, cause: error)
            default: throw LocationQueueError(.unavailable, cause: error)
            }
        }
    }
}
