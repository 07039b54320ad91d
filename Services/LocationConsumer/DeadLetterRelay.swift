import LocationQueue
import Models
import Observability
import Persistence
import ServiceRuntime

/// Publishes dead letters to the queue's topic for dead letters, if there is one.
///
/// The transaction of a batch writes its dead letters to the table, once. The relay publishes each of them from the table
/// at least once, even if a process dies.
struct DeadLetterRelay: Sendable {
    private static let pageSize = 500

    private let topic: KafkaLogProducer
    private let store: DeadLetterStore
    private let logger: Logger

    /// The relay as a service of the process; empty without a topic.
    static func services(
        to topic: KafkaLogProducer?,
        from store: DeadLetterStore,
        _ process: ServiceProcess
    ) -> [Service] {
        topic.map { topic in
            let relay = DeadLetterRelay(topic: topic, store: store, logger: process.logger)
            return [
                Service(name: "dead-letter topic", run: { try await topic.run() }, stop: { topic.stop() }),
                Service(name: "dead-letter relay", run: { try await relay.run() }),
            ]
        } ?? []
    }

    /// Publishes until it is cancelled.
    private func run() async throws {
        while true {
            do {
                let count = try await store.publishNext(Self.pageSize) { try await topic.publish($0.map(Self.record)) }
                if count == Self.pageSize { continue }
            } catch let error where !(error is CancellationError) {
                logger.warning("Could not publish dead letters", error: error)
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    private static func record(_ entry: DeadLetterStore.Entry) -> DeadLetterRecord {
        DeadLetterRecord(
            payload: entry.payload,
            reason: entry.reason,
            personID: entry.personID,
            origin: entry.place,
            appendedAt: entry.appendedAt,
            context: entry.context
        )
    }
}

extension DeadLetterStore.Entry {
    /// The headers of the message.
    var context: MessageContext { MessageContext(schemaVersion: schemaVersion, trace: trace) }
}
