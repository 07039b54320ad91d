import Glibc

/// Reads standard input in pieces.
struct StandardInput {
    /// Bytes per piece.
    private static let pieceSize = 1 << 20

    /// The next bytes; `nil` at the end.
    ///
    /// - Throws: ``FinderError`` if the input cannot be read.
    mutating func next() throws(FinderError) -> [UInt8]? {
        var code: Int32 = 0
        let piece = [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { buffer, count in
            var read = -1
            repeat {
                read = Glibc.read(STDIN_FILENO, buffer.baseAddress, buffer.count)
            } while read < 0 && errno == EINTR
            code = read < 0 ? errno : 0
            count = max(read, 0)
        }
        guard code == 0 else { throw FinderError(code: .input, "Standard input cannot be read: error \(code).") }
        return piece.isEmpty ? nil : piece
    }
}

/// Writes to standard output.
struct StandardOutput {
    /// Bytes after which a caller hands over what it has.
    static let pieceSize = 1 << 20

    /// Writes all bytes.
    ///
    /// - Throws: ``FinderError`` if the reader is gone or the disk is full.
    func write(_ bytes: [UInt8]) throws(FinderError) {
        guard Self.write(bytes, to: STDOUT_FILENO) else {
            throw FinderError(code: .output, "Standard output cannot be written: error \(errno).")
        }
    }

    /// Writes a text to standard error.
    static func complain(_ text: String) {
        _ = write(Array(text.utf8), to: STDERR_FILENO)
    }

    private static func write(_ bytes: [UInt8], to file: Int32) -> Bool {
        var start = 0
        while start < bytes.count {
            let written = bytes[start...].withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard written >= 0 || errno == EINTR else { return false }
            start += max(written, 0)
        }
        return true
    }
}
