import TestSupport

/// Faults of the servers that the services depend on.
enum ServerFaults {
    static let all = [brokerAway, databaseRestarts, absentAtStart]

    private static let brokerAway = FaultCase(
        name: "F5",
        fault: "broker unavailable for a while, then bounced",
        queues: [.kafka],
        limit: .seconds(600)
    ) { trial in
        guard let broker = trial.suite.ground.broker else { return }
        try await broker.takeAway()
        let (seconds, bounces) = trial.isBrief ? (4, 1) : (60, 20)
        trial.note("\(seconds) s away, bounced \(bounces) times")
        try await Task.sleep(for: .seconds(seconds))
        try await broker.bringBack()
        try await trial.readiness(of: trial.suite.parts)
        for _ in 0..<bounces {
            try await trial.pause(milliseconds: 200...2_000)
            try await broker.takeAway()
            try await broker.bringBack()
        }
        trial.faultEnds()
        try await trial.readiness(of: trial.suite.parts)
    }

    private static let databaseRestarts = FaultCase(
        name: "F9",
        fault: "PostgreSQL restarted fast, immediately, and by kill -9 of the postmaster",
        isBrief: true
    ) { trial in
        let server = trial.suite.ground.server
        let restarts = trial.isBrief ? 3 : 9
        trial.note("\(restarts) restarts")
        for round in 0..<restarts {
            try await trial.pause(milliseconds: 300...2_000)
            switch round % 3 {
            case 0: try await server.stop(.fast)
            case 1: try await server.stop(.immediate)
            default: try await server.kill9()
            }
            try await trial.pause(milliseconds: 0...1_000)
            try server.start()
            try await trial.readiness(of: trial.suite.parts)
        }
    }

    private static let absentAtStart = FaultCase(
        name: "F35",
        fault: "PostgreSQL and broker unavailable at start",
        load: nil,
        startsServices: true
    ) { trial in
        let (suite, ground) = (trial.suite, trial.suite.ground)
        try await ground.server.stop()
        try await ground.broker?.takeAway()
        for part in suite.parts { try await part.start(untilReady: false) }
        for part in suite.parts {
            try await eventually("\(part.executable.rawValue) lives") { await part.status(of: "/livez") == 200 }
            guard await part.status(of: "/readyz") == 503 else {
                throw FaultsError("\(part.executable.rawValue) is ready without its dependencies.")
            }
        }
        let seconds = trial.isBrief ? 3 : 30
        trial.note("\(seconds) s")
        try await Task.sleep(for: .seconds(seconds))
        try await ground.broker?.bringBack()
        try ground.server.start()
        trial.faultEnds()
        // They also wait for the schema.
        try RunningService.migrate(suite.database)
        try await trial.readiness(of: suite.parts)
        try await suite.create(persons: trial.walks.persons, on: suite.client)
        for batch in trial.batches(steps: 0..<100) { try await trial.phone().send(batch) }
    }
}
