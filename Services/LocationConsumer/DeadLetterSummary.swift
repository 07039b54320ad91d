import Models
import Observability
import Persistence

/// The common properties of dead letters that share a log line.
struct DeadLetterSummary: Hashable {
    /// The maximum number of log lines per batch; the last one counts all others, without a trace.
    private static let maximumLines = 10

    /// The reason.
    let reason: String
    /// The trace, so that one search finds the fate of a request's locations.
    let trace: TraceContext?

    /// Groups dead letters by reason and trace, in order of appearance.
    static func count(_ letters: [DeadLetter]) -> [(DeadLetterSummary, Int)] {
        var slots: [DeadLetterSummary: Int] = [:]
        var counts: [(DeadLetterSummary, Int)] = []
        for letter in letters {
            var summary = DeadLetterSummary(reason: letter.reason.rawValue, trace: letter.trace)
            if slots[summary] == nil, counts.count >= maximumLines - 1 {
                summary = DeadLetterSummary(reason: "several", trace: nil)
            }
            let slot = slots[summary] ?? counts.count
            if slot == counts.count {
                slots[summary] = slot
                counts.append((summary, 0))
            }
            counts[slot].1 += 1
        }
        return counts
    }

    /// The metadata of the log line.
    func metadata(count: Int) -> LogMetadata {
        var metadata: LogMetadata = [.count: .integer(count), .reason: .string(reason)]
        if let trace {
            metadata[.traceID] = .string(trace.traceIDText)
            metadata[.spanID] = .string(trace.spanIDText)
        }
        return metadata
    }
}
