import Geospatial
import HTTPServer
import JSON
import LocationProtocol

@testable import ConnectionService
@testable import LocationProducer
@testable import Models

extension FuzzTarget {
    static func checkLocation(_ bytes: [UInt8]) throws(BrokenPromise) {
        var (quick, thorough) = (JSONReader(bytes), JSONReader(bytes))
        let quickly = try? LocationReport(from: &quick, now: now)
        let thoroughly = try? LocationReport(anyOf: &thorough, now: now)
        try promise(quickly == thoroughly, "the fast reader agrees with the thorough one")
        if quickly != nil {
            let isQuickAtEnd = (try? quick.finish()) != nil
            let isThoroughAtEnd = (try? thorough.finish()) != nil
            try promise(isQuickAtEnd == isThoroughAtEnd, "the fast reader stops at the same byte")
        }
        guard let report = readLocation(bytes) else { return }
        try promise(report.creationTime.microseconds <= now.microseconds + LocationReport.clockTolerance, "not ahead")
        try promise(readLocation(written(report)) == report, "a written location reads back")
    }

    /// A location that is the whole text; `nil` if it is rejected.
    private static func readLocation(_ bytes: [UInt8]) -> LocationReport? {
        var reader = JSONReader(bytes)
        guard let report = try? LocationReport(from: &reader, now: now), (try? reader.finish()) != nil else {
            return nil
        }
        return report
    }

    /// A location in the format of the REST API, for requests and answers.
    private static func written(_ report: LocationReport) -> [UInt8] {
        var writer = JSONWriter()
        Location(id: number, report: report).write(to: &writer)
        return writer.takeBytes()
    }

    private static let number = LocationID(stored: LocationID.leastQueued)

    static func checkBatch(_ bytes: [UInt8]) throws(BrokenPromise) {
        if let array = try? LocationBatch(array: bytes, now: now) { _ = try checked(array) }
        let lines = try readLines(bytes, pieces: max(1, bytes.count))
        for size in [1, 7] {
            let pieces = try readLines(bytes, pieces: size)
            try promise(pieces.messages == lines.messages, "the division into pieces does not change the messages")
            let isSame = pieces.rejections.elementsEqual(lines.rejections) {
                $0.errors == $1.errors && $0.index == $1.index
            }
            try promise(isSame, "the division into pieces does not change the rejections")
        }
        // Read each line alone, for comparison.
        let texts = bytes.split(separator: 0x0A).filter { line in
            !line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        }
        try promise(lines.count == texts.count, "each line has a verdict")
        let alone = texts.compactMap { readLocation(Array($0)) }
        try promise(lines.messages.map(\.report) == alone, "a line reads like a single location")
        // The same locations as an array.
        let array = Array("[".utf8) + Array(alone.map { written($0) }.joined(separator: [0x2C])) + Array("]".utf8)
        let again = try? LocationBatch(array: array, now: now)
        try promise(again?.messages.map(\.report) == alone, "an array reads like its lines")
    }

    private static func readLines(_ bytes: [UInt8], pieces: Int) throws(BrokenPromise) -> LocationBatch {
        var lines = LocationLines(now: now)
        var batch = LocationBatch()
        do {
            for start in stride(from: 0, to: bytes.count, by: pieces) {
                var position = 0
                try lines.read(Array(bytes[start..<min(start + pieces, bytes.count)]), from: &position, into: &batch)
            }
            try lines.finish(into: &batch)
        } catch {
            throw BrokenPromise(what: "an invalid line does not affect other lines")
        }
        return try checked(batch)
    }

    /// The batch, if its answer is valid.
    private static func checked(_ batch: LocationBatch) throws(BrokenPromise) -> LocationBatch {
        for rejection in batch.rejections {
            try promise(!rejection.errors.isEmpty, "each rejection has a reason")
        }
        try promise(batch.nextIndex == batch.count, "each item has an index")
        var verdicts = BatchVerdicts()
        verdicts.add(Array(repeating: number, count: batch.messages.count), batch.rejections)
        guard case .bytes(let answer) = verdicts.response().body else {
            throw BrokenPromise(what: "a batch has an immediate answer")
        }
        var reader = JSONReader(answer)
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
        guard let cursor = MeetingCursor(pathParameter: text[...]) else { return }
        try promise(cursor.text == text, "a cursor is written as it was read")
        try promise(MeetingCursor(pathParameter: cursor.text[...]) == cursor, "a cursor reads back")
    }
}
