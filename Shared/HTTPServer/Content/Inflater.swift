import CZlib

/// Decompresses gzip data in pieces, never beyond a limit.
///
/// Used by one task.
package final class Inflater {
    private static let pieceSize = 65_536

    private var stream: UnsafeMutablePointer<z_stream>
    private var input: [UInt8] = []
    private var position = 0
    private var hasEnded = false
    private var hasBegun = false
    /// The last piece was full, so zlib may have more.
    private var isOutputLeft = false

    /// Decompresses from the beginning of the data.
    package init() {
        stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        isUsable = CZlib_inflateInitGzip(stream) == Z_OK
    }

    private let isUsable: Bool

    deinit {
        if isUsable {
            inflateEnd(stream)
        }
        stream.deallocate()
    }

    /// Takes compressed bytes, after the earlier ones have been decompressed.
    package func take(_ bytes: [UInt8]) {
        input = bytes
        position = 0
    }

    /// Decompresses the next bytes.
    ///
    /// - Parameter limit: how many bytes are allowed; it returns at most one more, so that the caller notices.
    /// - Returns: `nil` if it needs more compressed bytes.
    /// - Throws: a 400 problem if the bytes are not gzip.
    package func pending(limit: Int) throws(Problem) -> [UInt8]? {
        guard position < input.count || isOutputLeft else { return nil }
        guard isUsable, !hasEnded else { throw Inflater.malformed }
        hasBegun = true
        let size = min(Inflater.pieceSize, max(limit, 0) + 1)
        var status = Z_OK
        // Safety: both pointers are into arrays that the closures keep alive, zlib gets their lengths, and it keeps
        // neither pointer beyond the call.
        let output = input.withUnsafeBufferPointer { input in
            [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                stream.pointee.next_in = input.baseAddress.map { UnsafeMutablePointer(mutating: $0 + position) }
                stream.pointee.avail_in = UInt32(truncatingIfNeeded: input.count - position)
                stream.pointee.next_out = buffer.baseAddress
                stream.pointee.avail_out = UInt32(truncatingIfNeeded: size)
                status = inflate(stream, Z_NO_FLUSH)
                count = size - Int(stream.pointee.avail_out)
                position = input.count - Int(stream.pointee.avail_in)
                stream.pointee.next_in = nil
            }
        }
        isOutputLeft = output.count == size && status == Z_OK
        switch status {
        case Z_STREAM_END:
            hasEnded = true
            guard position == input.count else { throw Inflater.malformed }
        case Z_OK, Z_BUF_ERROR: break
        default: throw Inflater.malformed
        }
        return output.isEmpty ? nil : output
    }

    /// Ends the compressed bytes.
    ///
    /// - Throws: a 400 problem if the gzip data are cut off.
    package func finish() throws(Problem) {
        guard hasEnded || !hasBegun else { throw Inflater.malformed }
    }

    private static var malformed: Problem {
        Problem(.badRequest, "The body is not the gzip data that Content-Encoding announces.")
    }
}
