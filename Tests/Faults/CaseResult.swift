/// What became of a case.
struct CaseResult {
    /// The catalogue's number.
    let name: String
    /// What happened.
    let fault: String
    /// What the queue was.
    let broker: String
    /// How much of it was done.
    var done = ""
    /// What was stored.
    var verdict = Oracle.Verdict()
    /// Seconds from the end of the fault until a new location was stored and all services were ready.
    var recovery: Double?
    /// The most memory that a process of each service has had, in MiB.
    var memory: [String: Int] = [:]
    /// Seconds in all.
    var duration = 0.0
    /// Why it did not pass; empty if it did.
    var complaints: [String] = []
    /// Why it could not be tried at all.
    var obstacle: String?

    /// Whether it was tried, and the promise was kept.
    var hasPassed: Bool { complaints.isEmpty && obstacle == nil }

    /// A word for it.
    var outcome: String {
        if obstacle != nil { return "not tried" }
        return complaints.isEmpty ? "passed" : "FAILED"
    }
}
