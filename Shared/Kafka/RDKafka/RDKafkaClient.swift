import CLibRDKafka
import Dispatch
import Observability
import Synchronization

/// A librdkafka client, destroyed with its last reference; that waits until its threads have ended.
///
/// Before librdkafka 2.5 they may never end if a topic was deleted (its pull request 4724), so the wait is limited.
///
// Safety: librdkafka's functions may be called from any thread (its INTRODUCTION.md, "Threads and callbacks"), and the
// pointer never changes.
final class RDKafkaClient: @unchecked Sendable {
    let pointer: OpaquePointer
    /// The callbacks, which must live as long as the client.
    private let callbacks: RDKafkaCallbacks

    /// - Parameters:
    ///   - type: producer or consumer.
    ///   - settings: names and values of librdkafka.
    ///   - events: the kinds of reports that arrive as events instead of callbacks.
    ///   - callbacks: the callbacks.
    /// - Throws: ``KafkaError`` with `configuration`.
    init(
        _ type: rd_kafka_type_t,
        settings: [String: String],
        events: Int32 = 0,
        callbacks: RDKafkaCallbacks
    ) throws(KafkaError) {
        guard let configuration = rd_kafka_conf_new() else {
            throw KafkaError(.configuration, "librdkafka cannot be configured.")
        }
        // rd_kafka_new takes ownership of the configuration only if it succeeds.
        var isOurs = true
        defer { if isOurs { rd_kafka_conf_destroy(configuration) } }
        for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
            // librdkafka's reason may quote a password.
            guard rd_kafka_conf_set(configuration, name, value, nil, 0) == RD_KAFKA_CONF_OK else {
                throw KafkaError(.configuration, "librdkafka does not take the value of its setting \(name).")
            }
        }
        // Safety: the client holds the callbacks for as long as librdkafka may call them.
        rd_kafka_conf_set_opaque(configuration, Unmanaged.passUnretained(callbacks).toOpaque())
        // Without a callback for errors, they are logged as well; librdkafka retries automatically.
        rd_kafka_conf_set_log_cb(configuration, onLog)
        if type == RD_KAFKA_CONSUMER { rd_kafka_conf_set_rebalance_cb(configuration, onRebalance) }
        rd_kafka_conf_set_events(configuration, events)
        var reason = [CChar](repeating: 0, count: 512)
        guard let pointer = rd_kafka_new(type, configuration, &reason, reason.count) else {
            let bytes = reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw KafkaError(.configuration, "Kafka cannot be used: \(String(decoding: bytes, as: UTF8.self)).")
        }
        isOurs = false
        self.pointer = pointer
        self.callbacks = callbacks
    }

    deinit {
        let client = Doomed(pointer: pointer, callbacks: callbacks)
        let isOver = DispatchSemaphore(value: 0)
        // A serial queue has a thread of its own; global queues share theirs with Swift's pool, which may be waiting
        // here.
        DispatchQueue(label: "kafka.destroy").async {
            client.destroy()
            isOver.signal()
        }
        _ = isOver.wait(timeout: .now() + .seconds(2))
    }

    /// The rest of a client that is being destroyed.
    ///
    // Safety: only the one call of `destroy` uses the pointer.
    private struct Doomed: @unchecked Sendable {
        let pointer: OpaquePointer
        let callbacks: RDKafkaCallbacks

        func destroy() {
            // There is no one left to answer rebalances; close the consumer first to leave the group in order.
            withExtendedLifetime(callbacks) {
                rd_kafka_destroy_flags(pointer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
            }
        }
    }

    /// The fatal error, if there was one.
    var fatalCause: KafkaError? {
        let error = rd_kafka_fatal_error(pointer, nil, 0)
        return error == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : KafkaError(error, isFatal: true)
    }
}

/// The callbacks of librdkafka, from its own threads or from a poll.
final class RDKafkaCallbacks: Sendable {
    /// A change of the partitions that the group assigns to this member.
    enum Rebalance: Equatable, Sendable {
        case assigned([Int])
        case revoked
    }

    private struct State {
        var rebalance: Rebalance?
        var isClosing = false
    }

    private let logger: Logger
    private let state = Mutex(State())

    init(logger: Logger) {
        self.logger = logger
    }

    /// The latest change that has not been reported yet.
    func takeRebalance() -> Rebalance? {
        state.withLock { state in
            defer { state.rebalance = nil }
            return state.rebalance
        }
    }

    /// Accepts no further partitions.
    func beginClosing() {
        state.withLock { $0.isClosing = true }
    }

    fileprivate func log(level: Int32, facility: String, text: String) {
        let metadata: LogMetadata = [.component: .string(facility), .reason: .string(text)]
        // Levels of syslog: up to 3 for errors, 4 for warnings.
        switch level {
        case ...4: logger.warning("The Kafka client reported a problem", metadata)
        case 5...6: logger.info("The Kafka client reported an event", metadata)
        default: logger.debug("The Kafka client reported a detail", metadata)
        }
    }

    fileprivate func rebalance(
        _ client: OpaquePointer?,
        _ error: rd_kafka_resp_err_t,
        _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?
    ) {
        let isAccepted = state.withLock { state in
            guard error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS, !state.isClosing else {
                state.rebalance = .revoked
                return false
            }
            state.rebalance = .assigned(RDKafkaPartitions.partitions(of: list))
            return true
        }
        // The polling caller looks up the offsets and then assigns; the group waits for that call.
        if !isAccepted { rd_kafka_assign(client, nil) }
        rd_kafka_yield(client)
    }
}

// Safety: librdkafka passes the pointer that the client was created with, and the client keeps the object alive.
private func callbacks(_ opaque: UnsafeMutableRawPointer?) -> RDKafkaCallbacks? {
    opaque.map { Unmanaged<RDKafkaCallbacks>.fromOpaque($0).takeUnretainedValue() }
}

private func onLog(
    _ client: OpaquePointer?,
    _ level: Int32,
    _ facility: UnsafePointer<CChar>?,
    _ text: UnsafePointer<CChar>?
) {
    guard let client, let text else { return }
    let facility = facility.map { String(cString: $0) } ?? ""
    callbacks(rd_kafka_opaque(client))?.log(level: level, facility: facility, text: String(cString: text))
}

private func onRebalance(
    _ client: OpaquePointer?,
    _ error: rd_kafka_resp_err_t,
    _ partitions: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?,
    _ opaque: UnsafeMutableRawPointer?
) {
    callbacks(opaque)?.rebalance(client, error, partitions)
}
