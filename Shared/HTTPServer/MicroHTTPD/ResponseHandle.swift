import CMicroHTTPD

/// A response object of libmicrohttpd.
///
/// Used on a connection's thread only. libmicrohttpd counts references: queueing takes one, `deinit` releases ours.
final class ResponseHandle {
    /// Up to this size, libmicrohttpd gets a copy, which it sends together with the head.
    private static let largestCopy = 65_536
    private static let blockSize = 65_536
    private let response: OpaquePointer

    /// An answer in memory.
    init?(bytes: [UInt8]) {
        let response: OpaquePointer?
        if bytes.count <= ResponseHandle.largestCopy {
            response = bytes.withUnsafeBytes { CMicroHTTPD_copyingResponse($0.count, $0.baseAddress) }
        } else {
            // Safety: libmicrohttpd holds one reference and releases it by the last callback, which it calls once.
            let context = Unmanaged.passRetained(HeldBytes(bytes))
            response = MHD_create_response_from_callback(
                UInt64(bytes.count),
                ResponseHandle.blockSize,
                readHeldBytes,
                context.toOpaque(),
                releaseHeldBytes
            )
            if response == nil {
                context.release()
            }
        }
        guard let response else { return nil }
        self.response = response
    }

    /// A streamed answer of an exchange's task.
    ///
    /// The answer to HEAD ends its connection, because libmicrohttpd 0.9.75 would send the last chunk of a body that
    /// does not exist.
    init?(streamOf exchange: Exchange, isHead: Bool) {
        // Safety: as above.
        let context = Unmanaged.passRetained(exchange)
        let response = MHD_create_response_from_callback(
            CMicroHTTPD_sizeUnknown,
            ResponseHandle.blockSize,
            readStream,
            context.toOpaque(),
            releaseExchange
        )
        guard let response else {
            context.release()
            return nil
        }
        if isHead {
            CMicroHTTPD_avoidChunks(response)
        }
        self.response = response
    }

    deinit {
        MHD_destroy_response(response)
    }

    /// Adds a field; libmicrohttpd omits a malformed one.
    func add(_ name: String, _ value: String) {
        // By withCString, because arguments of type String would be copied first.
        _ = name.withCString { name in
            value.withCString { MHD_add_response_header(response, name, $0) }
        }
    }

    /// Queues the response on a connection, on the connection's thread.
    func queue(on connection: OpaquePointer, status: Int) -> MHD_Result {
        MHD_queue_response(connection, UInt32(status), response)
    }
}

/// Bytes that libmicrohttpd reads in pieces.
private final class HeldBytes {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }
}

private func readHeldBytes(
    context: UnsafeMutableRawPointer?,
    position: UInt64,
    buffer: UnsafeMutablePointer<CChar>?,
    size: Int
) -> Int {
    guard let context, let buffer else { return CMicroHTTPD_endWithError }
    let bytes = Unmanaged<HeldBytes>.fromOpaque(context).takeUnretainedValue().bytes
    let piece = bytes[min(Int(position), bytes.count)...].prefix(size)
    UnsafeMutableRawBufferPointer(start: buffer, count: size).copyBytes(from: piece)
    return piece.count
}

private func releaseHeldBytes(context: UnsafeMutableRawPointer?) {
    guard let context else { return }
    Unmanaged<HeldBytes>.fromOpaque(context).release()
}

private func readStream(
    context: UnsafeMutableRawPointer?,
    position: UInt64,
    buffer: UnsafeMutablePointer<CChar>?,
    size: Int
) -> Int {
    guard let context, let buffer else { return CMicroHTTPD_endWithError }
    return Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
        .read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size))
}

private func releaseExchange(context: UnsafeMutableRawPointer?) {
    guard let context else { return }
    Unmanaged<Exchange>.fromOpaque(context).release()
}
