internal import CZlib

/// Compresses and decompresses gzip data at once.
package enum Gzip {
    /// Compresses with the highest level.
    package static func fold(_ bytes: [UInt8]) -> [UInt8] {
        var stream = z_stream()
        precondition(CZlib_deflateInitGzip(&stream, 9) == Z_OK)
        defer { deflateEnd(&stream) }
        return run(&stream, bytes) { deflate($0, Z_FINISH) }
    }

    /// Decompresses; `nil` if the data are malformed or incomplete.
    package static func unfold(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        precondition(CZlib_inflateInitGzip(&stream) == Z_OK)
        defer { inflateEnd(&stream) }
        var status = Z_OK
        let output = run(&stream, bytes) { pointer in
            status = inflate(pointer, Z_NO_FLUSH)
            return status
        }
        return status == Z_STREAM_END ? output : nil
    }

    private static func run(
        _ stream: inout z_stream,
        _ bytes: [UInt8],
        step: (UnsafeMutablePointer<z_stream>) -> Int32
    ) -> [UInt8] {
        var input = bytes
        var output: [UInt8] = []
        input.withUnsafeMutableBufferPointer { input in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            var status = Z_OK
            repeat {
                let piece = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
                    stream.next_out = buffer.baseAddress
                    stream.avail_out = 65_536
                    status = step(&stream)
                    count = 65_536 - Int(stream.avail_out)
                }
                output += piece
            } while status == Z_OK
        }
        return output
    }
}
