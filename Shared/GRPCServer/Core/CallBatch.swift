import CGRPC

/// A batch of operations on a call, with the memory that the core uses meanwhile.
///
/// Safety: the memory is allocated here and freed with the object, which the core holds until the operations are done.
/// Before and after the operations, only one thread uses it at a time.
class CallBatch: Completion {
    /// Held so that the call outlives its operations.
    let call: ServerCall

    init(_ call: ServerCall) {
        self.call = call
    }

    /// Starts `count` operations, which `fill` describes.
    ///
    /// - Returns: whether they have started; if not, ``complete(_:)`` is not called.
    final func start(_ count: Int, _ fill: (UnsafeMutableBufferPointer<grpc_op>) -> Void) -> Bool {
        withUnsafeTemporaryAllocation(of: grpc_op.self, capacity: count) { operations in
            operations.initialize(repeating: grpc_op())
            fill(operations)
            let tag = tag()
            guard grpc_call_start_batch(call.pointer, operations.baseAddress, count, tag, nil) == GRPC_CALL_OK else {
                Completion.withdraw(tag)
                return false
            }
            return true
        }
    }
}

/// Waits for the end of a call by either side.
final class CloseBatch: CallBatch {
    private let wasCancelled = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    private let onClose: @Sendable (Bool) -> Void

    /// - Parameters:
    ///   - call: the call.
    ///   - onClose: receives whether it ended other than by our status.
    init(_ call: ServerCall, onClose: @escaping @Sendable (Bool) -> Void) {
        wasCancelled.initialize(to: 0)
        self.onClose = onClose
        super.init(call)
    }

    deinit {
        wasCancelled.deallocate()
    }

    /// Starts to wait.
    func start() -> Bool {
        start(1) { operations in
            operations[0].op = GRPC_OP_RECV_CLOSE_ON_SERVER
            operations[0].data.recv_close_on_server.cancelled = wasCancelled
        }
    }

    override func complete(_ isSuccess: Bool) {
        onClose(wasCancelled.pointee != 0)
    }
}

/// Waits for a message.
final class ReceiveBatch: CallBatch {
    private let message = UnsafeMutablePointer<UnsafeMutablePointer<grpc_byte_buffer>?>.allocate(capacity: 1)
    private let onMessage: @Sendable (ServerCall.Received) -> Void

    /// - Parameters:
    ///   - call: the call.
    ///   - onMessage: receives the result.
    init(_ call: ServerCall, onMessage: @escaping @Sendable (ServerCall.Received) -> Void) {
        message.initialize(to: nil)
        self.onMessage = onMessage
        super.init(call)
    }

    deinit {
        message.deallocate()
    }

    /// Starts to wait.
    func start() -> Bool {
        start(1) { operations in
            operations[0].op = GRPC_OP_RECV_MESSAGE
            operations[0].data.recv_message.recv_message = message
        }
    }

    override func complete(_ isSuccess: Bool) {
        if let buffer = message.pointee {
            message.pointee = nil
            onMessage(.message(ReceivedMessage(owning: buffer)))
        } else {
            onMessage(isSuccess && grpc_call_failed_before_recv_message(call.pointer) == 0 ? .end : .failure)
        }
    }
}

/// Sends a message, the status, or both; the first time after the initial metadata.
final class SendBatch: CallBatch {
    private var message: UnsafeMutablePointer<grpc_byte_buffer>?
    private var details = grpc_slice()
    private let trailers: UnsafeMutableBufferPointer<grpc_metadata>
    private let onDone: (@Sendable (Bool) -> Void)?

    /// - Parameters:
    ///   - call: the call.
    ///   - bytes: a message, if any.
    ///   - fields: the trailing metadata of the status.
    ///   - onDone: receives whether the peer's flow control has accepted everything.
    init(
        _ call: ServerCall,
        message bytes: [UInt8]?,
        trailers fields: [(name: StaticString, value: [UInt8])] = [],
        onDone: (@Sendable (Bool) -> Void)? = nil
    ) {
        if let bytes {
            var slice = Self.slice(bytes)
            message = grpc_raw_byte_buffer_create(&slice, 1)
            grpc_slice_unref(slice)
        }
        trailers = .allocate(capacity: fields.count)
        for (index, field) in fields.enumerated() {
            var entry = grpc_metadata()
            entry.key = Self.slice(field.name)
            entry.value = Self.slice(field.value)
            trailers.initializeElement(at: index, to: entry)
        }
        self.onDone = onDone
        super.init(call)
    }

    deinit {
        grpc_byte_buffer_destroy(message)
        grpc_slice_unref(details)
        for entry in trailers {
            grpc_slice_unref(entry.key)
            grpc_slice_unref(entry.value)
        }
        trailers.deallocate()
    }

    /// Starts to send.
    ///
    /// - Parameters:
    ///   - isFirst: whether nothing has been sent on this call before.
    ///   - status: the code and message of the status, if this is the end.
    /// - Returns: whether it has started.
    func start(isFirst: Bool, status: (code: Int, message: String)?) -> Bool {
        var kinds: [grpc_op_type] = []
        if isFirst { kinds.append(GRPC_OP_SEND_INITIAL_METADATA) }
        if message != nil { kinds.append(GRPC_OP_SEND_MESSAGE) }
        if status != nil { kinds.append(GRPC_OP_SEND_STATUS_FROM_SERVER) }
        if let status { details = Self.slice(Array(status.message.utf8)) }
        return withUnsafeMutablePointer(to: &details) { details in
            start(kinds.count) { operations in
                for (index, kind) in kinds.enumerated() {
                    operations[index].op = kind
                    switch kind {
                    case GRPC_OP_SEND_MESSAGE:
                        operations[index].data.send_message.send_message = message
                    case GRPC_OP_SEND_STATUS_FROM_SERVER:
                        operations[index].data.send_status_from_server = grpc_op_send_status_from_server(
                            trailing_metadata_count: trailers.count,
                            trailing_metadata: trailers.baseAddress,
                            status: grpc_status_code(rawValue: Int32(status?.code ?? 0)),
                            // The core copies it before the call returns.
                            status_details: status?.message.isEmpty == false ? details : nil
                        )
                    default: break
                    }
                }
            }
        }
    }

    override func complete(_ isSuccess: Bool) {
        onDone?(isSuccess)
    }

    private static func slice(_ bytes: [UInt8]) -> grpc_slice {
        bytes.withUnsafeBytes { buffer in
            grpc_slice_from_copied_buffer(buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
        }
    }

    private static func slice(_ text: StaticString) -> grpc_slice {
        text.withUTF8Buffer { slice(Array($0)) }
    }
}
