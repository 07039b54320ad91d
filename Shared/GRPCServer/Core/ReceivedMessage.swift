import CGRPC

/// A received message in the core's memory.
///
/// Safety: this object owns the buffer, which never changes and is destroyed with it; any thread may read it.
final class ReceivedMessage: @unchecked Sendable {
    private let buffer: UnsafeMutablePointer<grpc_byte_buffer>

    /// Takes ownership of a buffer.
    init(owning buffer: UnsafeMutablePointer<grpc_byte_buffer>) {
        self.buffer = buffer
    }

    deinit {
        grpc_byte_buffer_destroy(buffer)
    }

    /// Whether the sender has compressed it, which is not supported.
    var isCompressed: Bool {
        buffer.pointee.data.raw.compression != GRPC_COMPRESS_NONE
    }

    /// Reads the bytes in place, or from a copy if they are in several pieces.
    func withBytes<Value>(_ body: (UnsafeRawBufferPointer) throws -> Value) throws -> Value {
        var reader = grpc_byte_buffer_reader()
        guard grpc_byte_buffer_reader_init(&reader, buffer) != 0 else {
            throw RPCError(.internal, "The request cannot be read.")
        }
        defer { grpc_byte_buffer_reader_destroy(&reader) }
        if buffer.pointee.data.raw.slice_buffer.count == 1 {
            var piece: UnsafeMutablePointer<grpc_slice>?
            if grpc_byte_buffer_reader_peek(&reader, &piece) != 0, let piece {
                return try body(UnsafeRawBufferPointer(start: CGRPC_start(piece), count: CGRPC_length(piece)))
            }
        }
        var slice = grpc_byte_buffer_reader_readall(&reader)
        defer { grpc_slice_unref(slice) }
        return try body(UnsafeRawBufferPointer(start: CGRPC_start(&slice), count: CGRPC_length(&slice)))
    }

    /// Decodes a message of a type.
    func decoded<Message: RPCRequestMessage>(as type: Message.Type = Message.self) throws -> Message {
        guard !isCompressed else {
            throw RPCError(.unimplemented, "Compressed messages are not taken: send them as they are.")
        }
        return try withBytes { try Message(protobuf: $0) }
    }
}
