import CGRPC
import Foundation

/// A client that uses gRPC's C core, in the server's process.
///
/// Safety: The pointer is constant, and the core locks its own state.
package final class CoreClient: @unchecked Sendable {
    fileprivate let channel: OpaquePointer
    fileprivate let queue: OpaquePointer
    private let ends: AsyncStream<Void>

    /// Creates a client of a server on this machine.
    ///
    /// It does not connect yet.
    package init(port: Int) throws {
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        self.ends = ends
        grpc_init()
        let credentials = grpc_insecure_credentials_create()
        defer { grpc_channel_credentials_release(credentials) }
        // Each client has its own connections.
        var argument = grpc_arg()
        let made = "grpc.use_local_subchannel_pool".withCString { key in
            argument.type = GRPC_ARG_INTEGER
            argument.key = UnsafeMutablePointer(mutating: key)
            argument.value.integer = 1
            return withUnsafeMutablePointer(to: &argument) { pointer in
                var arguments = grpc_channel_args(num_args: 1, args: pointer)
                return grpc_channel_create("127.0.0.1:\(port)", credentials, &arguments)
            }
        }
        guard let made, let queue = grpc_completion_queue_create_for_next(nil) else { throw CoreRefusal() }
        channel = made
        self.queue = queue
        // Safety: Only its thread destroys the queue, after its last event.
        nonisolated(unsafe) let served = queue
        Thread.detachNewThread {
            Operation.serve(served)
            end.yield()
        }
    }

    /// Closes the connection.
    ///
    /// All calls must have ended.
    package func close() async {
        grpc_channel_destroy(channel)
        grpc_completion_queue_shutdown(queue)
        for await _ in ends { break }
        grpc_shutdown()
    }

    /// Starts a call.
    package func call(
        _ method: String,
        metadata: [(String, String)] = [],
        timeout: Duration = .seconds(60)
    ) async throws -> ClientCall {
        try await ClientCall(self, method, metadata, timeout)
    }

    /// Sends a message and waits for the answer.
    package func unary(
        _ method: String,
        _ message: [UInt8],
        metadata: [(String, String)] = [],
        timeout: Duration = .seconds(60)
    ) async throws -> Outcome {
        let call = try await call(method, metadata: metadata, timeout: timeout)
        _ = try await call.send(message, isLast: true)
        let answer = try await call.receive()
        return Outcome(status: await call.status(), message: answer)
    }

    /// The result of a call with one answer.
    package struct Outcome {
        /// The final status.
        package let status: ClientCall.Status
        /// The answer; `nil` without one.
        package let message: [UInt8]?
    }
}

/// A call on the client side.
///
/// Safety: The call is released with the object, after all operations, because each operation retains the object.
package final class ClientCall: @unchecked Sendable {
    /// The final status of a call.
    package struct Status: Sendable {
        /// gRPC's status code.
        package let code: Int
        /// The server's message.
        package let message: String
        /// The trailing metadata.
        package let trailers: [String: [UInt8]]
    }

    fileprivate let pointer: OpaquePointer
    private let client: CoreClient

    fileprivate init(
        _ client: CoreClient,
        _ method: String,
        _ metadata: [(String, String)],
        _ timeout: Duration
    ) async throws {
        let slice = grpc_slice_from_copied_string(method)
        defer { grpc_slice_unref(slice) }
        let now = gpr_now(GPR_CLOCK_REALTIME)
        let (seconds, attoseconds) = timeout.components
        let milliseconds = seconds * 1_000 + attoseconds / 1_000_000_000_000_000
        let deadline = gpr_time_add(now, gpr_time_from_millis(milliseconds, GPR_TIMESPAN))
        guard
            let call = grpc_channel_create_call(
                client.channel,
                nil,
                0xFFFF,
                client.queue,
                slice,
                nil,
                deadline,
                nil
            )
        else { throw CoreRefusal() }
        pointer = call
        self.client = client
        var fields = metadata.map { name, value in
            var field = grpc_metadata()
            field.key = grpc_slice_from_copied_string(name)
            field.value = grpc_slice_from_copied_string(value)
            return field
        }
        defer {
            for field in fields {
                grpc_slice_unref(field.key)
                grpc_slice_unref(field.value)
            }
        }
        let begun = Operation(self)
        try fields.withUnsafeMutableBufferPointer { buffer in
            try begun.start { operation in
                operation.op = GRPC_OP_SEND_INITIAL_METADATA
                operation.data.send_initial_metadata.count = buffer.count
                operation.data.send_initial_metadata.metadata = buffer.baseAddress
            }
        }
        let received = ReceivedMetadata(self)
        try received.start { operation in
            operation.op = GRPC_OP_RECV_INITIAL_METADATA
            operation.data.recv_initial_metadata.recv_initial_metadata = received.array
        }
    }

    deinit {
        grpc_call_unref(pointer)
    }

    /// Sends a message.
    ///
    /// Returns whether it was sent.
    package func send(_ message: [UInt8], isLast: Bool = false, isCompressed: Bool = false) async throws -> Bool {
        var slice = message.withUnsafeBytes { grpc_slice_from_copied_buffer($0.baseAddress, $0.count) }
        let buffer =
            isCompressed
            ? grpc_raw_compressed_byte_buffer_create(&slice, 1, GRPC_COMPRESS_GZIP)
            : grpc_raw_byte_buffer_create(&slice, 1)
        grpc_slice_unref(slice)
        defer { grpc_byte_buffer_destroy(buffer) }
        let isSent = try await Operation(self).perform { operation in
            operation.op = GRPC_OP_SEND_MESSAGE
            operation.data.send_message.send_message = buffer
        }
        if isLast { try await halfClose() }
        return isSent
    }

    /// Ends the stream of requests.
    package func halfClose() async throws {
        _ = try await Operation(self).perform { $0.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT }
    }

    /// The next message; `nil` at the end.
    package func receive() async throws -> [UInt8]? {
        let place = UnsafeMutablePointer<UnsafeMutablePointer<grpc_byte_buffer>?>.allocate(capacity: 1)
        place.initialize(to: nil)
        defer { place.deallocate() }
        _ = try await Operation(self).perform { operation in
            operation.op = GRPC_OP_RECV_MESSAGE
            operation.data.recv_message.recv_message = place
        }
        guard let buffer = place.pointee else { return nil }
        defer { grpc_byte_buffer_destroy(buffer) }
        var reader = grpc_byte_buffer_reader()
        guard grpc_byte_buffer_reader_init(&reader, buffer) != 0 else { throw CoreRefusal() }
        defer { grpc_byte_buffer_reader_destroy(&reader) }
        let slice = grpc_byte_buffer_reader_readall(&reader)
        defer { grpc_slice_unref(slice) }
        return Self.bytes(slice)
    }

    /// Waits for the final status.
    package func status() async -> Status {
        let end = ReceivedStatus(self)
        _ = try? await end.perform { operation in
            operation.op = GRPC_OP_RECV_STATUS_ON_CLIENT
            operation.data.recv_status_on_client.trailing_metadata = end.array
            operation.data.recv_status_on_client.status = end.code
            operation.data.recv_status_on_client.status_details = end.details
        }
        var trailers: [String: [UInt8]] = [:]
        for field in UnsafeBufferPointer(start: end.array.pointee.metadata, count: end.array.pointee.count) {
            trailers[String(decoding: Self.bytes(field.key), as: UTF8.self)] = Self.bytes(field.value)
        }
        return Status(
            code: Int(end.code.pointee.rawValue),
            message: String(decoding: Self.bytes(end.details.pointee), as: UTF8.self),
            trailers: trailers
        )
    }

    /// Cancels the call.
    package func cancel() {
        grpc_call_cancel(pointer, nil)
    }

    private static func bytes(_ slice: grpc_slice) -> [UInt8] {
        var slice = slice
        return Array(UnsafeBufferPointer(start: CGRPC_start(&slice), count: CGRPC_length(&slice)))
    }
}

/// The core rejects an operation.
package struct CoreRefusal: Error {}

/// An operation of a client, with its waiting task.
///
/// Safety: The core retains it until its event. The waiting task is set before the event.
private class Operation: @unchecked Sendable {
    private let call: ClientCall
    private var waiter: CheckedContinuation<Bool, Never>?

    init(_ call: ClientCall) {
        self.call = call
    }

    /// Starts the operation without a waiting task.
    func start(_ fill: (inout grpc_op) -> Void) throws {
        guard begin(fill) else { throw CoreRefusal() }
    }

    /// Performs the operation.
    ///
    /// Returns whether it succeeded.
    func perform(_ fill: (inout grpc_op) -> Void) async throws -> Bool {
        var isRefused = false
        let isSuccess = await withCheckedContinuation { continuation in
            waiter = continuation
            if !begin(fill) {
                isRefused = true
                continuation.resume(returning: false)
            }
        }
        guard !isRefused else { throw CoreRefusal() }
        return isSuccess
    }

    private func begin(_ fill: (inout grpc_op) -> Void) -> Bool {
        var operation = grpc_op()
        fill(&operation)
        let tag = Unmanaged.passRetained(self)
        guard grpc_call_start_batch(call.pointer, &operation, 1, tag.toOpaque(), nil) == GRPC_CALL_OK else {
            tag.release()
            return false
        }
        return true
    }

    /// Processes a queue's events until its shutdown.
    static func serve(_ queue: OpaquePointer) {
        let never = gpr_inf_future(GPR_CLOCK_MONOTONIC)
        while true {
            let event = grpc_completion_queue_next(queue, never, nil)
            if event.type == GRPC_QUEUE_SHUTDOWN { break }
            guard event.type == GRPC_OP_COMPLETE, let tag = event.tag else { continue }
            Unmanaged<Operation>.fromOpaque(tag).takeRetainedValue().waiter?.resume(returning: event.success != 0)
        }
        grpc_completion_queue_destroy(queue)
    }
}

private class ReceivedMetadata: Operation, @unchecked Sendable {
    let array = UnsafeMutablePointer<grpc_metadata_array>.allocate(capacity: 1)

    override init(_ call: ClientCall) {
        grpc_metadata_array_init(array)
        super.init(call)
    }

    deinit {
        grpc_metadata_array_destroy(array)
        array.deallocate()
    }
}

private final class ReceivedStatus: ReceivedMetadata, @unchecked Sendable {
    let code = UnsafeMutablePointer<grpc_status_code>.allocate(capacity: 1)
    let details = UnsafeMutablePointer<grpc_slice>.allocate(capacity: 1)

    override init(_ call: ClientCall) {
        code.initialize(to: GRPC_STATUS_UNKNOWN)
        details.initialize(to: grpc_slice())
        super.init(call)
    }

    deinit {
        grpc_slice_unref(details.pointee)
        code.deallocate()
        details.deallocate()
    }
}
