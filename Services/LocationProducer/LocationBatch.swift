import HTTPServer
import JSON
import Models
import RESTContract

/// The items of a batch: a JSON array, or a line each (NDJSON).
struct LocationBatch {
    /// What became of an item.
    enum Verdict {
        /// It is valid and the next of ``LocationBatch/reports``.
        case valid
        /// It is not.
        case invalid([FieldErrors.Entry])
    }

    /// The most bytes of a batch, unfolded.
    static let maximumBytes = 10 << 20
    /// The most items of a batch.
    static let maximumCount = 10_000

    /// The valid items in their order.
    private(set) var reports: [LocationReport] = []
    /// A verdict on each item in its order.
    private(set) var verdicts: [Verdict] = []

    /// Reads the items.
    ///
    /// What is wrong with one of them is its verdict; an array that is not JSON, or has too many items, is refused whole.
    init(_ bytes: [UInt8], contentType: String?, now: Timestamp) throws {
        if Self.isArray(bytes, contentType: contentType) {
            try readArray(bytes, now: now)
        } else {
            try readLines(bytes, now: now)
        }
    }

    /// Writes `{"accepted", "rejected", "items": [{"id"} or {"errors": [{"pointer", "detail"}]}, …]}`.
    func write(to writer: inout JSONWriter, ids: [LocationID]) {
        var ids = ids.makeIterator()
        writer.beginObject()
        writer.member("accepted", reports.count)
        writer.member("rejected", verdicts.count - reports.count)
        writer.key("items")
        writer.beginArray()
        for (index, verdict) in verdicts.enumerated() {
            writer.beginObject()
            switch verdict {
            case .valid: writer.member("id", ids.next()?.rawValue ?? 0)
            case .invalid(let errors):
                writer.key("errors")
                writer.beginArray()
                for error in errors {
                    writer.beginObject()
                    writer.member("pointer", "/\(index)\(error.pointer)")
                    writer.member("detail", error.message)
                    writer.endObject()
                }
                writer.endArray()
            }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }

    /// The content type decides; where it says neither, the first character does.
    private static func isArray(_ bytes: [UInt8], contentType: String?) -> Bool {
        if let type = contentType?.lowercased() {
            if type.contains("ndjson") || type.contains("jsonlines") { return false }
            if type.hasPrefix("application/json") { return true }
        }
        let first = bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        return first != UInt8(ascii: "{")
    }

    private mutating func readArray(_ bytes: [UInt8], now: Timestamp) throws {
        var reader = JSONReader(bytes)
        guard try reader.peekKind() == .array else {
            throw FieldErrors("", "Invalid input type: expected an array of locations, or a location a line.")
        }
        try reader.beginArray()
        while try reader.nextElement() {
            try take { try LocationReport(from: &reader, now: now) }
        }
        try reader.finish()
    }

    private mutating func readLines(_ bytes: [UInt8], now: Timestamp) throws {
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            let isBlank = bytes[start..<end].allSatisfy { $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }
            if !isBlank {
                try take {
                    do {
                        var reader = JSONReader(bytes, in: start..<end)
                        let report = try LocationReport(from: &reader, now: now)
                        try reader.finish()
                        return report
                    } catch let error as JSONError {
                        throw FieldErrors("", "This line is \(error).")
                    }
                }
            }
            start = end + 1
        }
    }

    private mutating func take(_ read: () throws -> LocationReport) throws {
        guard verdicts.count < Self.maximumCount else {
            throw Problem(.contentTooLarge, "A batch has at most \(Self.maximumCount) locations; send several.")
        }
        do {
            reports.append(try read())
            verdicts.append(.valid)
        } catch let errors as FieldErrors {
            verdicts.append(.invalid(errors.entries))
        }
    }
}
