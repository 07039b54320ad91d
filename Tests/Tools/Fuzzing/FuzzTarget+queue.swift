import LocationProtocol
import Models

@testable import LocationQueue

extension FuzzTarget {
    static func checkRecord(_ bytes: [UInt8]) throws(BrokenPromise) {
        guard let message = readRecord(bytes)?.message else { return }
        try promise(Timestamp.supported.contains(message.report.creationTime), "the time can be stored")
        var record: [UInt8] = []
        message.encode(into: &record)
        try promise(record.count <= LocationMessage.maximumEncodedBytes, "a record has at most the stated size")
        let again = readRecord(record)
        try promise(again?.form == .protobuf, "a record is not mistaken for the other format")
        try promise(again?.message == message, "an encoded message reads back")
    }

    private static func readRecord(_ bytes: [UInt8]) -> DecodedLocation? {
        bytes.withUnsafeBytes { try? DecodedLocation($0, appendedAt: now) }
    }

    static func checkBlock(_ bytes: [UInt8]) throws(BrokenPromise) {
        guard let count = bytes.first.map(Int.init) else { return }
        let bytes = Array(bytes.dropFirst())
        guard let ranges = MessageBlock.ranges(in: bytes, count: count) else { return }
        try promise(ranges.count == count, "a block has the stated number of messages")
        try promise(ranges.last.map { $0.upperBound == bytes.count } ?? bytes.isEmpty, "the messages fill the block")
        var block = MessageBlock()
        for range in ranges { block.append { $0 += bytes[range] } }
        let again = MessageBlock.ranges(in: block.bytes, count: block.count)
        try promise(
            again.map { $0.map { block.bytes[$0] } == ranges.map { bytes[$0] } } ?? false,
            "the messages of a block read back"
        )
    }

    static func checkCall(_ bytes: [UInt8]) throws(BrokenPromise) {
        guard let method = bytes.first else { return }
        let forms: [ReportMessage.Form?] = [.one, .batch, .stream, nil]
        let form = forms[Int(method % 4)]
        let message = Array(bytes.dropFirst())
        let reports: [LocationReport]
        if let form {
            let read = try? message.withUnsafeBytes { try ReportMessage(form, $0) }
            reports = read?.locations.compactMap { try? $0.report(now: now) } ?? []
        } else {
            let read = message.withUnsafeBytes { ReferenceLocation($0) }
            reports = (try? read?.report(now: now)).map { [$0.report] } ?? []
        }
        for report in reports {
            // What is taken can be put into the queue and stored.
            var record: [UInt8] = []
            LocationMessage(report: report, receivedAt: now).encode(into: &record)
            try promise(readRecord(record)?.message.report == report, "the queue contains the accepted report")
        }
    }
}
