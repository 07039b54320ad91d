import Geospatial
import LocationProtocol
import Models

@testable import LocationProducer

extension FuzzTarget {
    /// What a file comes to.
    private struct Outcome: Equatable {
        var reports: [LocationReport] = []
        var rejected = 0
        var skipped = 0
        var issues: [LocationImport.Issue] = []
        var format: LocationImport.Format?
        var failure: ImportFailure?
    }

    private static let owner = PersonID(stored: 7)

    private static func read(_ bytes: [UInt8], as format: LocationImport.Format?, pieces: Int) -> Outcome {
        var document = ImportDocument(format: format)
        var yield = ImportYield(person: owner, now: now)
        var outcome = Outcome()
        do throws(ImportFailure) {
            for start in stride(from: 0, to: bytes.count, by: pieces) {
                try document.read(Array(bytes[start..<min(start + pieces, bytes.count)]), into: &yield)
            }
            try document.finish(into: &yield)
        } catch {
            outcome.failure = error
        }
        while !yield.messages.isEmpty { outcome.reports += yield.takeBatch().map(\.report) }
        (outcome.rejected, outcome.skipped) = (yield.rejected, yield.skipped)
        (outcome.issues, outcome.format) = (yield.issues, yield.format)
        return outcome
    }

    /// Reads a file of a format, and whatever it may be.
    static func checkImport(_ bytes: [UInt8], as format: LocationImport.Format) throws(BrokenPromise) {
        for format in [format, nil] {
            let whole = read(bytes, as: format, pieces: max(bytes.count, 1))
            for pieces in [1, 7] {
                try promise(
                    read(bytes, as: format, pieces: pieces) == whole,
                    "a file comes to the same however it arrives"
                )
            }
            let expected = min(whole.rejected, LocationImport.maximumIssues)
            try promise(whole.issues.count == expected, "a rejection has a place")
            for issue in whole.issues {
                // UTF-8 has at most three bytes for two of UTF-16.
                let isInside = issue.element >= 1 && (0...bytes.count * 2).contains(issue.offset)
                try promise(isInside && !issue.detail.isEmpty, "a place is within the file")
            }
            for report in whole.reports {
                try promise(report.personID == owner && report.device == .imported, "locations are their owner's")
                try promise(Timestamp.supported.contains(report.creationTime), "the time is one that can be stored")
                try promise(
                    report.creationTime.microseconds <= now.microseconds + LocationReport.clockTolerance,
                    "not ahead"
                )
            }
            let rows = whole.reports.map { report in
                "\(report.creationTime),\(report.coordinate.latitude),\(report.coordinate.longitude)\n"
            }
            let again = read(Array(("time,lat,lon\n" + rows.joined()).utf8), as: .csv, pieces: 1_000)
            try promise(
                again.reports.map(\.identity) == whole.reports.map(\.identity),
                "a location that was read is read again"
            )
        }
    }
}
