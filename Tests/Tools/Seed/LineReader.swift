import CZlib
import Glibc

/// Reads a text file line by line, plain or gzip-compressed.
final class LineReader {
    private let file: gzFile
    private let size: Double
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    private var filled = 0
    private var position = 0
    /// The number of the line that was read last, from 1.
    private(set) var number = 0

    /// Longer lines are cut, so that a binary file does not fill the memory.
    static let longestLine = 1 << 16

    /// Opens a file.
    ///
    /// - Throws: ``SeedError`` if it cannot be read.
    init(path: String) throws(SeedError) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFDIR, let file = gzopen(path, "rb") else {
            throw SeedError("‘\(path)’ cannot be read: \(String(cString: strerror(errno))).")
        }
        self.file = file
        size = Double(max(status.st_size, 1))
    }

    deinit {
        gzclose(file)
    }

    /// The share of the file that has been read, from 0 to 1.
    var share: Double { min(Double(gzoffset(file)) / size, 1) }

    /// The next line without its end; `nil` at the end of the file.
    ///
    /// - Throws: ``SeedError`` if the file is damaged or cut short.
    func next() throws(SeedError) -> [UInt8]? {
        var line: [UInt8] = []
        var hasBegun = false
        while try fill() {
            hasBegun = true
            let end = buffer[position..<filled].firstIndex(of: 0x0A)
            let piece = buffer[position..<(end ?? filled)]
            line.append(contentsOf: piece.prefix(Self.longestLine - line.count))
            position = end.map { $0 + 1 } ?? filled
            if end != nil { break }
        }
        guard hasBegun else { return nil }
        number += 1
        if line.last == 0x0D { line.removeLast() }
        return line
    }

    /// Fills the buffer; `false` at the end of the file.
    private func fill() throws(SeedError) -> Bool {
        guard position == filled else { return true }
        let count = gzread(file, &buffer, UInt32(buffer.count))
        var code = Z_OK
        gzerror(file, &code)
        // At the end of a truncated file, zlib returns the rest together with the error.
        guard count >= 0, count > 0 || code == Z_OK else {
            throw SeedError("The file is damaged behind line \(number): its compressed data end or make no sense.")
        }
        position = 0
        filled = Int(count)
        return count > 0
    }
}
