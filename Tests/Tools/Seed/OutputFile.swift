import Glibc

/// A file that is rewritten, replacing its content.
final class OutputFile {
    private let path: String
    private let file: UnsafeMutablePointer<FILE>

    /// Opens a file.
    ///
    /// - Throws: ``SeedError`` if it cannot be written.
    init(path: String) throws(SeedError) {
        guard let file = fopen(path, "w") else {
            throw SeedError("‘\(path)’ cannot be written: \(String(cString: strerror(errno))).")
        }
        self.path = path
        self.file = file
    }

    deinit {
        fclose(file)
    }

    /// Appends bytes.
    func write(_ bytes: some Collection<UInt8>) throws(SeedError) {
        let bytes = Array(bytes)
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else { throw failure }
    }

    /// Flushes the file's buffer.
    func flush() throws(SeedError) {
        guard fflush(file) == 0 else { throw failure }
    }

    private var failure: SeedError {
        SeedError("‘\(path)’ cannot be written: \(String(cString: strerror(errno))).")
    }
}
