import Observability
import Persistence

/// What dead letters have in common that are logged in one line.
struct Burial: Hashable {
    /// How many lines a batch gets at most; what is beyond them is in the last, without its trace.
    private static let maximumLines = 10

    /// Why they were buried.
    let reason: String
    /// The trace that they belong to, so that one search shows what became of a request.
    let trace: TraceContext?

    /// Counts dead letters by what they have in common, in the order in which they come.
    static func count(_ letters: [DeadLetter]) -> [(Burial, Int)] {
        var slots: [Burial: Int] = [:]
        var counts: [(Burial, Int)] = []
        for letter in letters {
            var burial = Burial(reason: letter.reason, trace: letter.trace)
            if slots[burial] == nil, counts.count >= maximumLines - 1 { burial = Burial(reason: "several", trace: nil) }
            let slot = slots[burial] ?? counts.count
            if slot == counts.count {
                slots[burial] = slot
                counts.append((burial, 0))
            }
            counts[slot].1 += 1
        }
        return counts
    }

    /// What a log line says.
    func metadata(count: Int) -> LogMetadata {
        var metadata: LogMetadata = [.count: .integer(count), .reason: .string(reason)]
        if let trace {
            metadata[.traceID] = .string(trace.traceIDText)
            metadata[.spanID] = .string(trace.spanIDText)
        }
        return metadata
    }
}
