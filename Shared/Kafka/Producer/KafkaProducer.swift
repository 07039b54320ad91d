internal import Failpoints
package import Observability
import Synchronization

/// Sends records and waits until every in-sync replica has them.
///
/// It is idempotent: what librdkafka repeats after a lost answer is written once. That is an optimisation only, since a
/// fatal error makes a new producer, which the brokers do not recognise. ``run()`` has to run.
package final class KafkaProducer: Sendable {
    private struct State {
        var ledger: DeliveryLedger
        var producer: RDKafkaProducer
    }

    /// How long a record may wait for its delivery.
    private static let deliveryTimeout = Duration.seconds(10)

    private let settings: [String: String]
    private let logger: Logger
    private let state: Mutex<State>
    private let serving = BlockingCalls("kafka.producer")

    /// Makes a producer; nothing is connected before something is sent.
    ///
    /// - Parameters:
    ///   - configuration: which cluster.
    ///   - maximumRecords: how many records may wait for their delivery.
    ///   - maximumBytes: how many bytes of records may wait for it.
    ///   - logger: told what librdkafka reports.
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
            // The ledger has these bounds for whole calls; here they are a second line of defence.
            "queue.buffering.max.messages": String(maximumRecords * 2),
            "queue.buffering.max.kbytes": String((maximumBytes >> 10) * 2),
            "compression.type": "lz4",
            // The very function of Java's clients, so that whoever writes under the same key finds the same partition.
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

    /// Sends records and returns where they lie, in their order.
    ///
    /// - Parameters:
    ///   - records: what is sent; those of one key keep their order.
    ///   - topic: where to.
    ///   - headers: what every record gets before its own headers.
    /// - Returns: the place of each.
    /// - Throws: ``KafkaError``, with `queueFull` before anything was sent. After any other any of the records may have
    ///   been delivered or not.
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

    /// Serves until ``stop()`` has been called and every sender knows what became of its records.
    package func run() async {
        await serving.run { [self] in
            while !state.withLock({ $0.ledger.hasEnded }) {
                let producer = state.withLock { $0.producer }
                settle(producer.serve(upTo: 100))
                if let cause = producer.fatalCause { replace(producer, because: cause) }
            }
        }
    }

    /// Refuses further records, and lets ``run()`` end.
    package func stop() {
        state.withLock { $0.ledger.stop() }
    }

    /// Makes the producer fail fatally, for tests.
    func injectFatalError() {
        state.withLock { $0.producer }.injectFatalError()
    }

    private func settle(_ reports: [DeliveryReport]) {
        guard !reports.isEmpty else { return }
        let settlements = state.withLock { $0.ledger.settle(reports) }
        for settlement in settlements { settlement.answer(settlement.outcome) }
    }

    /// Goes on with a new client; who has sent with the old one learns what became of it, or that nobody knows.
    private func replace(_ old: RDKafkaProducer, because cause: KafkaError) {
        logger.warning("The Kafka producer has failed fatally and is made anew", error: cause)
        let new: RDKafkaProducer
        do throws(KafkaError) {
            new = try RDKafkaProducer(settings: settings, logger: logger)
        } catch {
            logger.error("The Kafka producer cannot be made anew", error: error)
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
