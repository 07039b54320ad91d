import CZlib

/// Compresses a response to the gzip format.
///
/// Used by one task.
final class Deflater {
    enum Flush {
        /// More bytes follow; the ones so far must be readable at once.
        case sync
        /// These were the last bytes.
        case finish
    }

    /// Fast, and within a few percent of the default level on JSON.
    private static let level: Int32 = 3
    private var stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    init?() {
        stream.initialize(to: z_stream())
        guard CZlib_deflateInitGzip(stream, Deflater.level) == Z_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Compresses the next bytes.
    func compress(_ bytes: [UInt8], flush: Flush) -> [UInt8] {
        let mode = flush == .sync ? Z_SYNC_FLUSH : Z_FINISH
        var output: [UInt8] = []
        // Safety: both pointers are into arrays that the closures keep alive, zlib gets their lengths, and it keeps
        // neither pointer beyond the call.
        bytes.withUnsafeBufferPointer { input in
            stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.pointee.avail_in = UInt32(truncatingIfNeeded: input.count)
            var isMore = true
            while isMore {
                let room = max(1024, Int(stream.pointee.avail_in) / 2)
                let piece = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
                    stream.pointee.next_out = buffer.baseAddress
                    stream.pointee.avail_out = UInt32(truncatingIfNeeded: room)
                    deflate(stream, mode)
                    count = room - Int(stream.pointee.avail_out)
                }
                isMore = stream.pointee.avail_out == 0
                output.append(contentsOf: piece)
            }
            stream.pointee.next_in = nil
        }
        return output
    }
}
