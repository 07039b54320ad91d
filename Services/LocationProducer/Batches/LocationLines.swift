import Glibc
import JSON
import Models

/// Reads NDJSON, one location per line, from chunks of text; keeps the beginning of an incomplete line.
struct LocationLines {
    /// The maximum size of a line; a longer line is invalid.
    static let maximumLine = 64 << 10
    /// About the bytes of lines in memory: those of a full batch.
    static let memory = 2 << 20

    private let now: Timestamp
    /// The beginning of the current line; empty once the line is too long.
    private var beginning: [UInt8] = []
    /// The size of that beginning.
    private var beginningCount = 0
    /// The number of bytes before the current line.
    private var offset = 0

    /// - Parameter now: this machine's time.
    init(now: Timestamp) {
        self.now = now
    }

    /// Reads lines until the batch is full or the text ends.
    ///
    /// - Parameters:
    ///   - text: the next chunk.
    ///   - position: the position to start at; afterwards that of the next line.
    ///   - batch: receives the items.
    /// - Throws: no error that a line can cause.
    mutating func read(_ text: [UInt8], from position: inout Int, into batch: inout LocationBatch) throws {
        while position < text.count, !batch.isFull {
            let end = Self.endOfLine(in: text, from: position)
            if let end, beginningCount == 0 {
                try readLine(text, in: position..<end, into: &batch)
                offset += end + 1 - position
            } else {
                let piece = text[position..<(end ?? text.count)]
                beginningCount += piece.count
                if beginningCount <= Self.maximumLine { beginning += piece } else { beginning = [] }
                if end != nil {
                    try finish(into: &batch)
                    offset += 1
                }
            }
            position = end.map { $0 + 1 } ?? text.count
        }
    }

    /// Reads the last line if it has no line break.
    mutating func finish(into batch: inout LocationBatch) throws {
        if beginningCount > Self.maximumLine {
            rejectLongLine(into: &batch)
        } else {
            try readLine(beginning, in: beginning.indices, into: &batch)
        }
        offset += beginningCount
        (beginning, beginningCount) = ([], 0)
    }

    private func readLine(_ text: [UInt8], in range: Range<Int>, into batch: inout LocationBatch) throws {
        var rest = range
        if range.count <= Self.maximumLine, let report = LocationReport(plain: text.span, in: &rest, now: now),
            rest.allSatisfy({ Self.isSpace(text[$0]) })
        {
            return batch.add(report, at: now)
        }
        guard range.contains(where: { !Self.isSpace(text[$0]) }) else { return }
        guard range.count <= Self.maximumLine else { return rejectLongLine(into: &batch) }
        do {
            var reader = JSONReader(text, in: range)
            let report = try LocationReport(from: &reader, now: now)
            try reader.finish()
            batch.add(report, at: now)
        } catch let errors as FieldErrors {
            batch.reject(errors)
        } catch let error as JSONError {
            let error = JSONError(error.code, offset: offset + error.offset - range.lowerBound)
            batch.reject(FieldErrors("", "This line is \(error)."))
        }
    }

    private func rejectLongLine(into batch: inout LocationBatch) {
        batch.reject(
            FieldErrors("", "This line is longer than \(Self.maximumLine) bytes.")
        )
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0D || byte == 0x09
    }

    private static func endOfLine(in text: [UInt8], from position: Int) -> Int? {
        // Safety: memchr reads `text.count - position` bytes from `position` on, all of them the array's.
        text.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress,
                let found = memchr(start + position, 0x0A, bytes.count - position)
            else { return nil }
            return UnsafeRawPointer(found) - start
        }
    }
}
