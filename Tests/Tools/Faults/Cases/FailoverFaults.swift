import TestSupport

/// Faults of a replicated database.
enum FailoverFaults {
    static let all = [failover]

    private static let failover = FaultCase(
        name: "F10",
        fault: "failover to a standby with synchronous replication; then both die, the standby long before the primary",
        limit: .seconds(600),
        ground: Suite.Ground.replicated
    ) { trial in
        guard let pair = trial.suite.ground.pair else { return }
        let rounds = trial.isBrief ? 1 : 3
        for _ in 0..<rounds {
            try await trial.acknowledgements(1_000)
            try await pair.failOver()
            try await trial.readiness(of: trial.suite.parts)
            try await pair.restoreStandby()
        }
        // Meanwhile, the producer cancels each statement twice. It must not acknowledge locations that the standby lacks.
        try await trial.suite.producer.terminate()
        try await trial.suite.producer.start(["DB_STATEMENT_TIMEOUT": "5s"])
        try await trial.acknowledgements(1_000)
        let seconds = 15
        try await pair.standby.kill9()
        try await Task.sleep(for: .seconds(seconds))
        try await pair.primary.kill9()
        try pair.standby.start()
        try await pair.failOver()
        trial.faultEnds()
        trial.note("\(rounds) failovers, then \(seconds) s without the standby and one more")
        try await trial.readiness(of: trial.suite.parts)
    }
}
