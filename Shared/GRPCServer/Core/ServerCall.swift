import CGRPC
import Networking
import Synchronization

/// One call at the server, from its headers to its end.
///
/// Safety: the core allows operations that send, operations that receive, and cancelling from different threads at the
/// same time, but only one of each kind to be begun at a time; `state` sees to that. The landing memory is written before
/// the object is made and not changed afterwards; it holds the only reference to the call, which is given back with the
/// object, after all operations, because each of them holds the object.
final class ServerCall: @unchecked Sendable {
    /// What waiting for a message has come to.
    enum Received: Sendable {
        case message(ReceivedMessage)
        /// The client will send no more.
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
    /// When the client stops waiting, by ``MonotonicClock``; `nil` if it has not said.
    let deadline: Int64?
    /// When the call came, by ``MonotonicClock``.
    let startedAt: Int64
    /// When the call is ended from our side unless it has got on before, by ``MonotonicClock``.
    let timeLimit = Atomic<Int64>(.max)
    /// The same for the message that is being sent.
    let sendLimit = Atomic<Int64>(.max)

    private let landing: CallLanding
    private let state = Mutex(State())

    /// Takes over what the core has put down, if there is a call in it.
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

    // MARK: What the client has said

    /// The first value of a field of the initial metadata.
    func metadata(_ name: StaticString) -> [UInt8]? {
        landing.metadata(name)
    }

    /// Whether the client stops waiting about now.
    ///
    /// It began to count before the call came here, so its word that it has given up comes before our own clock says so.
    func isAtDeadline(_ now: Int64) -> Bool {
        deadline.map { $0 - now <= max(100_000_000, ($0 - startedAt) / 10) } ?? false
    }

    /// What the core calls the connection, `fd:23`.
    var peer: String {
        guard let text = grpc_call_get_peer(pointer) else { return "" }
        defer { gpr_free(text) }
        return String(cString: text)
    }

    // MARK: The task

    /// Whether the call has ended otherwise than by our status.
    var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// Names the task that is to be cancelled with the call.
    func adopt(_ task: Task<Void, Never>) {
        let isCancelled = state.withLock { state in
            if !state.isCancelled { state.task = task }
            return state.isCancelled
        }
        if isCancelled { task.cancel() }
    }

    /// Lets the task go, which has ended.
    func releaseTask() {
        state.withLock { $0.task = nil }
    }

    /// Notes that the call has been ended from outside.
    func markCancelled() {
        let task = state.withLock { state in
            state.isCancelled = true
            return state.task.take()
        }
        task?.cancel()
    }

    /// Ends the call from our side, whatever it is doing; the client is told the status.
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

    /// Waits for the end; `onClose` is told whether it was another than our status.
    func watchClose(_ onClose: @escaping @Sendable (Bool) -> Void) {
        // The core refuses it for a call that is watched already, which none is.
        if !CloseBatch(self, onClose: onClose).start() { onClose(true) }
    }

    /// Waits for a message; one at a time.
    func receive(_ onMessage: @escaping @Sendable (Received) -> Void) {
        if !ReceiveBatch(self, onMessage: onMessage).start() { onMessage(.failure) }
    }

    /// Sends a message, and returns when the peer's flow control has taken it.
    ///
    /// - Throws: `CancellationError` if the call has ended.
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

    /// Sends the status, and before it a last message if there is one; nothing can be sent afterwards.
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
