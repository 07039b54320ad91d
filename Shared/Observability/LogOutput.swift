import Glibc

/// Where log lines go, and the clock that stamps them.
package struct LogOutput: Sendable {
    let write: @Sendable ([UInt8]) -> Void
    /// Microseconds since 1970, UTC.
    let now: @Sendable () -> Int64

    /// An output for tests.
    ///
    /// - Parameters:
    ///   - now: the time of a line, in microseconds since 1970, UTC.
    ///   - write: receives one line including its end, on the thread that logs.
    package init(
        now: @escaping @Sendable () -> Int64 = LogTime.now,
        write: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.now = now
        self.write = write
    }

    /// The process's standard error.
    ///
    /// Each line is one `write(2)`, which Linux does not interleave with another. A stalled reader blocks the writer; a
    /// line without a reader is lost.
    package static let standardError = fileDescriptor(STDERR_FILENO)

    /// An open file descriptor, which the caller owns.
    package static func fileDescriptor(_ descriptor: CInt) -> LogOutput {
        LogOutput { line in
            line.withUnsafeBytes { buffer in
                var rest = buffer[...]
                while !rest.isEmpty {
                    let written = Glibc.write(
                        descriptor,
                        UnsafeRawBufferPointer(rebasing: rest).baseAddress,
                        rest.count
                    )
                    if written > 0 {
                        rest = rest.dropFirst(written)
                    } else if errno != EINTR {
                        return
                    }
                }
            }
        }
    }
}
