import LocationProtocol
import Models

@testable import LocationProducer

/// A file of an app or a service, with the expected result.
struct ImportSample: Sendable, CustomStringConvertible {
    /// The program that wrote the file.
    let description: String
    var format: LocationImport.Format
    var type = "application/octet-stream"
    let text: String
    /// The stored locations; see `LocationReport.summary`.
    let stored: [String]
    var skipped = 0
    /// The rejected elements: number and reason.
    var issues: [String] = []

    /// The result of a file that arrives in pieces.
    struct Outcome: Equatable {
        var stored: [String] = []
        var skipped = 0
        var rejected = 0
        var issues: [LocationImport.Issue] = []
        var format: LocationImport.Format?
        var failure: ImportFailure?
    }

    /// Reads a file that arrives in pieces; the clock stands at ``noon``.
    static func read(_ bytes: [UInt8], pieces: Int = .max, format: LocationImport.Format? = nil) -> Outcome {
        var document = ImportDocument(format: format)
        var yield = ImportYield(person: PersonID(stored: 7), now: noon)
        var outcome = Outcome()
        do throws(ImportFailure) {
            let size = min(pieces, max(bytes.count, 1))
            for start in stride(from: 0, to: bytes.count, by: size) {
                try document.read(Array(bytes[start..<min(start + size, bytes.count)]), into: &yield)
            }
            try document.finish(into: &yield)
        } catch {
            outcome.failure = error
        }
        while !yield.messages.isEmpty { outcome.stored += yield.takeBatch().map(\.report.summary) }
        (outcome.skipped, outcome.rejected) = (yield.skipped, yield.rejected)
        (outcome.issues, outcome.format) = (yield.issues, yield.format)
        return outcome
    }
}
