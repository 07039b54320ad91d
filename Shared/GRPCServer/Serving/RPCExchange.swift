import Concurrency
import Observability
import Synchronization

/// A call for its handler, which waits for messages, sends some, and is notified when the server stops.
final class RPCExchange: Sendable {
    /// The call.
    let call: ServerCall
    /// The context for the handler.
    let context: ServerContext
    private let messageTimeout: Int64
    private let writeTimeout: Int64
    private let inbound = Mutex(InboundMessages())

    init(
        _ call: ServerCall,
        _ route: RPCRouter.Route,
        _ configuration: RPCServerConfiguration,
        _ connections: ConnectionTable,
        _ logger: Logger,
        _ tracer: Tracer
    ) {
        self.call = call
        messageTimeout = configuration.messageTimeout.nanoseconds
        writeTimeout = configuration.writeTimeout.nanoseconds
        context = ServerContext(
            method: route.method,
            call: call,
            connections: connections,
            logger: logger,
            tracer: tracer
        )
    }

    /// The next message of the client; `nil` after its last.
    ///
    /// - Throws: ``ServerIsDraining``, or `CancellationError` if the call has ended or the task is cancelled.
    func nextMessage() async throws -> ReceivedMessage? {
        call.timeLimit.store(MonotonicClock.now() + messageTimeout, ordering: .relaxed)
        defer { call.timeLimit.store(.max, ordering: .relaxed) }
        await withTaskCancellationHandler {
            await withCheckedContinuation { (waiter: InboundMessages.Waiter) in
                switch inbound.withLock({ $0.await(waiter) }) {
                case .resume: waiter.resume()
                case .receive: call.receive { self.received($0) }
                case .wait: break
                }
            }
        } onCancel: {
            inbound.withLock { $0.cancel() }?.resume()
        }
        switch inbound.withLock({ $0.next() }) {
        case .message(let message): return message
        case .end: return nil
        case .draining: throw ServerIsDraining()
        case .failure: throw CancellationError()
        }
    }

    /// Sends a message; returns when the client's flow control has accepted it.
    func send(_ bytes: [UInt8]) async throws {
        call.sendLimit.store(MonotonicClock.now() + writeTimeout, ordering: .relaxed)
        defer { call.sendLimit.store(.max, ordering: .relaxed) }
        try await call.send(bytes)
    }

    /// Notifies a handler that waits for messages that the server is stopping.
    func drain() {
        inbound.withLock { $0.drain() }?.resume()
    }

    private func received(_ received: ServerCall.Received) {
        inbound.withLock { $0.take(received) }?.resume()
    }
}

/// The client's messages for the handler: none, or one that has arrived.
///
/// Its events return the continuation to resume after releasing the lock; the resumed handler calls ``next()``.
struct InboundMessages {
    typealias Waiter = CheckedContinuation<Void, Never>

    /// The result of waiting.
    enum Next: Sendable {
        case message(ReceivedMessage)
        case end
        case failure
        case draining
    }

    /// What to do for a handler that requests a message.
    enum Step {
        case resume
        case receive
        case wait
    }

    private var waiter: Waiter?
    private var arrived: Next?
    private var isReceiving = false
    private var isDraining = false
    private var isCancelled = false

    /// A handler waits for the next message.
    mutating func await(_ newWaiter: Waiter) -> Step {
        if arrived != nil || isCancelled || isDraining || waiter != nil { return .resume }
        waiter = newWaiter
        defer { isReceiving = true }
        return isReceiving ? .wait : .receive
    }

    /// The result for a handler that was resumed.
    mutating func next() -> Next {
        guard let next = arrived else { return isDraining && !isCancelled ? .draining : .failure }
        // The end is final.
        if case .message = next { arrived = nil }
        return next
    }

    /// The core has a result.
    mutating func take(_ received: ServerCall.Received) -> Waiter? {
        isReceiving = false
        arrived =
            switch received {
            case .message(let message): .message(message)
            case .end: .end
            case .failure: .failure
            }
        return waiter.take()
    }

    /// The server is stopping.
    mutating func drain() -> Waiter? {
        isDraining = true
        return waiter.take()
    }

    /// The task is cancelled.
    mutating func cancel() -> Waiter? {
        isCancelled = true
        return waiter.take()
    }
}
