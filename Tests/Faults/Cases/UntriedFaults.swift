/// Faults of the catalogue that nobody tries here yet; each is in the table with its reason, so that none is forgotten.
enum UntriedFaults {
    static let all = [
        untried(
            "F10",
            "failover to a standby with synchronous replication",
            "it takes a second server; there is no case"
        ),
        untried("F14", "full disk under data, WAL, broker", "it takes file systems of their own; there is no case"),
        untried(
            "F29",
            "100,000 people at one booth",
            "scripts/bench proximity has a crowd, but no fault; there is no case"
        ),
        untried("F33", "old and new version side by side during a migration", "there is only one version so far"),
    ]

    private static func untried(_ name: String, _ fault: String, _ reason: String) -> FaultCase {
        FaultCase(name: name, fault: fault, load: nil, startsServices: true) { _ in
            throw Obstacle("Not tried: \(reason).")
        }
    }
}
