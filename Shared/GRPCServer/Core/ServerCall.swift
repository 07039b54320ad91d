import CGRPC
import Concurrency
import Synchronization

/// One call at the server, from its headers to its end.
///
/// Safety: the core allows sending, receiving and cancelling from different threads at the same time, but only one
/// start of each kind at a time, which `state` ensures. The landing memory is written before the object exists and does
/// not change afterwards. The object owns the only reference to the call and releases it at the end of its own life.
/// That is after all operations, because each operation holds the object.
final class ServerCall: @unchecked Sendable {
    /// The result of waiting for a message.
    enum Received: Sendable {
        case message(ReceivedMessage)
        /// The client sends no more messages.
        case end
        /// The call has been ended.
        case failure
    }

    private struct State {
        var task: Task<Void, Never>?
        var isCancelled = false
        var isSending = false
        var hasSent = false
        var hasFinished = false
    }

    /// For calls to C only.
    let pointer: OpaquePointer
    /// The client's deadline, by ``MonotonicClock``; `nil` without one.
    let deadline: Int64?
    /// When the call arrived, by ``MonotonicClock``.
    let startedAt: Int64
    /// The server's deadline for the next progress of the call, by ``MonotonicClock``.
    let timeLimit = Atomic<Int64>(.max)
    /// The deadline of the message that is being sent.
    let sendLimit = Atomic<Int64>(.max)

    private let landing: CallLanding
    private let state = Mutex(State())

    /// Takes ownership of the call in a landing; `nil` if the landing has no call.
    init?(_ landing: CallLanding) {
        guard let pointer = landing.memory.pointee.call else { return nil }
        self.pointer = pointer
        self.landing = landing
        let now = MonotonicClock.now()
        startedAt = now
        deadline = landing.timeRemaining.map { now + $0 }
    }

    deinit {
        grpc_call_unref(pointer)
    }

    // MARK: The client's headers

    /// The first value of a field of the initial metadata.
    func metadata(_ name: StaticString) -> [UInt8]? {
        landing.metadata(name)
    }

    /// Whether the client's deadline has been reached, within a tolerance.
    ///
    /// The client began to count before the call arrived, so its cancellation arrives before our own deadline.
    func isAtDeadline(_ now: Int64) -> Bool {
        deadline.map { $0 - now <= max(100_000_000, ($0 - startedAt) / 10) } ?? false
    }

    /// The core's name of the connection, such as `fd:23`.
    var peer: String {
        guard let text = grpc_call_get_peer(pointer) else { return "" }
        defer { gpr_free(text) }
        return String(cString: text)
    }

    // MARK: The task

    /// Whether the call has ended without our status.
    var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// Sets the task that is cancelled if the call is.
    func adopt(_ task: Task<Void, Never>) {
        let isCancelled = state.withLock { state in
            if !state.isCancelled { state.task = task }
            return state.isCancelled
        }
        if isCancelled { task.cancel() }
    }

    /// Forgets the task, which has ended.
    func releaseTask() {
        state.withLock { $0.task = nil }
    }

    /// Marks the call as ended without our status, and cancels its task.
    func markCancelled() {
        let task = state.withLock { state in
            state.isCancelled = true
            return state.task.take()
        }
        task?.cancel()
    }

    /// Ends the call with a status for the client; may be called at any time.
    func cancel(_ code: RPCError.Code, _ message: StaticString) {
        message.withUTF8Buffer { buffer in
            guard let start = buffer.baseAddress else { return }
            // A static string ends with a zero byte.
            start.withMemoryRebound(to: CChar.self, capacity: buffer.count + 1) { text in
                _ = grpc_call_cancel_with_status(pointer, grpc_status_code(rawValue: Int32(code.rawValue)), text, nil)
            }
        }
    }

    // MARK: Operations

    /// Waits for the end of the call; `onClose` receives whether the call ended without our status.
    func watchClose(_ onClose: @escaping @Sendable (Bool) -> Void) {
        // The core rejects the batch only if the call is already watched.
        if !CloseBatch(self, onClose: onClose).start() { onClose(true) }
    }

    /// Waits for a message; call it again only after `onMessage` was called.
    func receive(_ onMessage: @escaping @Sendable (Received) -> Void) {
        if !ReceiveBatch(self, onMessage: onMessage).start() { onMessage(.failure) }
    }

    /// Sends a message; returns when the peer's flow control has accepted it.
    ///
    /// - Throws: `CancellationError` if the call has ended; ``RPCError`` if another message is being sent.
    func send(_ message: [UInt8]) async throws {
        let isFirst = state.withLock { state -> Bool? in
            guard !state.isSending, !state.hasFinished else { return nil }
            state.isSending = true
            defer { state.hasSent = true }
            return !state.hasSent
        }
        guard let isFirst else { throw RPCError(.internal, "Two messages were sent at the same time.") }
        let isSent = await withCheckedContinuation { continuation in
            let batch = SendBatch(self, message: message, onDone: { continuation.resume(returning: $0) })
            if !batch.start(isFirst: isFirst, status: nil) { continuation.resume(returning: false) }
        }
        state.withLock { $0.isSending = false }
        guard isSent else { throw CancellationError() }
    }

    /// Sends a last message, if any, and the status, which ends the call.
    func finish(_ error: RPCError?, message: [UInt8]? = nil) {
        let isFirst = state.withLock { state -> Bool? in
            guard !state.isSending, !state.hasFinished else { return nil }
            state.hasFinished = true
            return !state.hasSent
        }
        guard let isFirst else { return }
        let batch = SendBatch(self, message: message, trailers: error?.trailers ?? [])
        _ = batch.start(isFirst: isFirst, status: (error?.code.rawValue ?? 0, error?.message ?? ""))
    }
}
