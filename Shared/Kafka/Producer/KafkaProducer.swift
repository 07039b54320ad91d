internal import Concurrency
internal import Failpoints
package import Observability
import Synchronization

/// Sends records and waits until every in-sync replica has them.
///
/// It is idempotent: a record that librdkafka repeats after a lost response is written once. This is only an
/// optimisation, because a fatal error leads to a new producer, which the brokers do not recognise. ``run()`` must run.
package final class KafkaProducer: Sendable {
    private struct State {
        var ledger: DeliveryLedger
        var producer: RDKafkaProducer
    }

    /// The longest wait of a record for its delivery.
    private static let deliveryTimeout = Duration.seconds(10)

    private let settings: [String: String]
    private let logger: Logger
    private let state: Mutex<State>
    private let serving = BlockingCalls("kafka.producer")

    /// A producer, which connects when it sends.
    ///
    /// - Parameters:
    ///   - configuration: the cluster.
    ///   - maximumRecords: how many records may wait for their delivery.
    ///   - maximumBytes: how many bytes of records may wait for their delivery.
    ///   - logger: logs what librdkafka reports.
    /// - Throws: ``KafkaError`` with `configuration`.
    package init(
        _ configuration: KafkaConfiguration,
        maximumRecords: Int = 200_000,
        maximumBytes: Int = 32 << 20,
        logger: Logger
    ) throws(KafkaError) {
        settings = configuration.settings([
            "enable.idempotence": "true",
            "acks": "all",
            "message.timeout.ms": String(Self.deliveryTimeout.components.seconds * 1_000),
            "linger.ms": "5",
            // The ledger applies these limits to whole calls; here they are a second line of defence.
            "queue.buffering.max.messages": String(maximumRecords * 2),
            "queue.buffering.max.kbytes": String((maximumBytes >> 10) * 2),
            "compression.type": "lz4",
            // The hash function of the Java clients, so that every writer finds the same partition for a key.
            "partitioner": "murmur2_random",
        ])
        self.logger = logger
        state = Mutex(
            State(
                ledger: DeliveryLedger(maximumRecords: maximumRecords, maximumBytes: maximumBytes),
                producer: try RDKafkaProducer(settings: settings, logger: logger)
            )
        )
    }

    /// Sends records and returns their positions, in their order.
    ///
    /// - Parameters:
    ///   - records: the records; those of one key keep their order.
    ///   - topic: the topic.
    ///   - headers: headers that each record gets before its own.
    /// - Returns: the position of each record.
    /// - Throws: ``KafkaError``, with `queueFull` if nothing was sent. After any other error, each record may have been
    ///   delivered or not.
    package func send(
        _ records: [KafkaRecord],
        to topic: String,
        headers: [KafkaHeader] = []
    ) async throws(KafkaError) -> [KafkaPlace] {
        guard !records.isEmpty else { return [] }
        let common = headers.byteCount
        let bytes = records.reduce(0) { $0 + $1.value.count + ($1.key?.count ?? 0) + common + $1.headers.byteCount }
        let outcome = await withCheckedContinuation { continuation in
            let (admission, producer) = state.withLock { state in
                (
                    state.ledger.admit(count: records.count, bytes: bytes) { continuation.resume(returning: $0) },
                    state.producer
                )
            }
            switch admission {
            case .refused(let error): continuation.resume(returning: .failure(error))
            case .accepted(let ticket):
                let (accepted, error) = producer.produce(records, to: topic, headers: headers, ticket: ticket)
                Failpoint.producerAfterEnqueue.reach()
                guard let error else { return }
                settle(
                    (accepted..<records.count).map {
                        DeliveryReport(ticket: ticket, index: $0, result: .failure(error))
                    }
                )
            }
        }
        return try outcome.get()
    }

    /// Runs until ``stop()`` has been called and all records are settled.
    package func run() async {
        await serving.run { [self] in
            while !state.withLock({ $0.ledger.hasEnded }) {
                let producer = state.withLock { $0.producer }
                settle(producer.serve(upTo: 100))
                if let cause = producer.fatalCause { replace(producer, because: cause) }
            }
        }
    }

    /// Refuses further records, so that ``run()`` can end.
    package func stop() {
        state.withLock { $0.ledger.stop() }
    }

    /// Lets the producer fail fatally, for tests.
    func injectFatalError() {
        state.withLock { $0.producer }.injectFatalError()
    }

    private func settle(_ reports: [DeliveryReport]) {
        guard !reports.isEmpty else { return }
        let settlements = state.withLock { $0.ledger.settle(reports) }
        for settlement in settlements { settlement.answer(settlement.outcome) }
    }

    /// Replaces the client; callers of the old one get their reports, or an error that the outcome is unknown.
    private func replace(_ old: RDKafkaProducer, because cause: KafkaError) {
        logger.warning("Replacing the Kafka producer after a fatal error", error: cause)
        let new: RDKafkaProducer
        do throws(KafkaError) {
            new = try RDKafkaProducer(settings: settings, logger: logger)
        } catch {
            logger.error("Cannot replace the Kafka producer", error: error)
            return
        }
        let waiting = state.withLock { state in
            state.producer = new
            return state.ledger.tickets
        }
        old.purge()
        let deadline = ContinuousClock.now + .seconds(2)
        while old.unsettledCount > 0, .now < deadline { settle(old.serve(upTo: 100)) }
        let lost = KafkaError(.unavailable, "The Kafka producer has failed fatally.", isRetriable: true)
        let settlements = state.withLock { $0.ledger.fail(waiting, lost) }
        for settlement in settlements { settlement.answer(settlement.outcome) }
    }
}

extension [KafkaHeader] {
    fileprivate var byteCount: Int { reduce(0) { $0 + $1.name.utf8.count + $1.value.count } }
}
