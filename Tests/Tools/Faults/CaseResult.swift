/// The result of a case.
struct CaseResult {
    /// The catalogue's number.
    let name: String
    /// A description of the fault.
    let fault: String
    /// A description of the queue.
    let broker: String
    /// The number of repetitions.
    var done = ""
    /// The comparison of stored and acknowledged locations.
    var verdict = Oracle.Verdict()
    /// Seconds from the end of the fault until a new location was stored and all services were ready.
    var recovery: Double?
    /// The peak memory of each service in MiB.
    var memory: [String: Int] = [:]
    /// The total duration in seconds.
    var duration = 0.0
    /// The reasons for a failure; empty if the case passed.
    var complaints: [String] = []
    /// The reason why the case could not run.
    var obstacle: String?

    /// Whether the case ran and passed.
    var hasPassed: Bool { complaints.isEmpty && obstacle == nil }

    /// The outcome in a word.
    var outcome: String {
        if obstacle != nil { return "not tried" }
        return complaints.isEmpty ? "passed" : "FAILED"
    }
}
