import Geospatial
import HTTPServer
import JSON
import Models

@testable import ConnectionService
@testable import LocationProducer

extension FuzzTarget {
    static func checkLocation(_ bytes: [UInt8]) throws(BrokenPromise) {
        guard let report = readLocation(bytes) else { return }
        try promise(report.creationTime.microseconds <= now.microseconds + LocationReport.clockTolerance, "not ahead")
        try promise(readLocation(written(report)) == report, "a location that was read is read again as it is written")
    }

    /// A location that is alone in its text; `nil` if that is refused.
    private static func readLocation(_ bytes: [UInt8]) -> LocationReport? {
        var reader = JSONReader(bytes)
        guard let report = try? LocationReport(from: &reader, now: now), (try? reader.finish()) != nil else {
            return nil
        }
        return report
    }

    /// A location as the REST API answers with it, and takes it.
    private static func written(_ report: LocationReport) -> [UInt8] {
        var writer = JSONWriter()
        Location(id: number, report: report).write(to: &writer)
        return writer.takeBytes()
    }

    private static let number = LocationID(stored: LocationID.leastQueued)

    static func checkBatch(_ bytes: [UInt8]) throws(BrokenPromise) {
        _ = try readBatch(bytes, "application/json")
        _ = try readBatch(bytes, nil)
        guard let lines = try readBatch(bytes, "application/x-ndjson") else { return }
        // The lines by another way: each alone.
        let texts = bytes.split(separator: 0x0A).filter { line in
            !line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        }
        try promise(lines.verdicts.count == texts.count, "there is a verdict on each line")
        let alone = texts.compactMap { readLocation(Array($0)) }
        try promise(lines.reports == alone, "a line is read as if it were alone")
        // The same locations as an array.
        let array = Array("[".utf8) + Array(alone.map { written($0) }.joined(separator: [0x2C])) + Array("]".utf8)
        let again = try readBatch(array, "application/json")
        try promise(again?.reports == alone, "an array of locations is what its lines are")
    }

    /// A batch whose answer is sound; `nil` if it is refused whole.
    private static func readBatch(
        _ bytes: [UInt8],
        _ contentType: String?
    ) throws(BrokenPromise) -> LocationBatch? {
        guard let batch = try? LocationBatch(bytes, contentType: contentType, now: now) else { return nil }
        var valid = 0
        for verdict in batch.verdicts {
            switch verdict {
            case .valid: valid += 1
            case .invalid(let errors): try promise(!errors.isEmpty, "what is refused is refused for a reason")
            }
        }
        try promise(valid == batch.reports.count, "each valid item has a report")
        var writer = JSONWriter()
        batch.write(to: &writer, ids: Array(repeating: number, count: valid))
        var reader = JSONReader(writer.takeBytes())
        do {
            try reader.skipValue()
            try reader.finish()
        } catch {
            throw BrokenPromise(what: "the answer is JSON")
        }
        return batch
    }

    static func checkCursor(_ bytes: [UInt8]) throws(BrokenPromise) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let cursor = EncounterCursor(pathParameter: text[...]) else { return }
        try promise(cursor.text == text, "a cursor is written as it came")
        try promise(EncounterCursor(pathParameter: cursor.text[...]) == cursor, "a cursor is read again")
    }
}
