import CMicroHTTPD

/// A response object of libmicrohttpd.
///
/// Used on one thread, a connection's. libmicrohttpd counts references: queueing takes one, `deinit` gives ours back.
final class ResponseHandle {
    /// Up to this size libmicrohttpd gets a copy, which it sends together with the head.
    private static let largestCopy = 65_536
    private static let blockSize = 65_536
    private let response: OpaquePointer

    /// An answer that is all there.
    init?(bytes: [UInt8]) {
        let response: OpaquePointer?
        if bytes.count <= ResponseHandle.largestCopy {
            response = bytes.withUnsafeBytes { CMicroHTTPD_copyingResponse($0.count, $0.baseAddress) }
        } else {
            // Safety: libmicrohttpd holds one reference and gives it back by the last callback, which it calls once.
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

    /// An answer that an exchange's task makes.
    ///
    /// The answer to HEAD ends its connection: libmicrohttpd 0.9.75 would send the chunk that ends a body, although
    /// there is no body.
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

    /// Adds a field; one that libmicrohttpd finds malformed is left out.
    func add(_ name: String, _ value: String) {
        // Not as arguments of their own: each would be copied first.
        _ = name.withCString { name in
            value.withCString { MHD_add_response_header(response, name, $0) }
        }
    }

    /// Gives the response to a connection, on the connection's thread.
    func queue(on connection: OpaquePointer, status: Int) -> MHD_Result {
        MHD_queue_response(connection, UInt32(status), response)
    }
}

/// Bytes that libmicrohttpd reads piece by piece.
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
