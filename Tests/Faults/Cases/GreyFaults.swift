import KafkaTestSupport
import Postgres
import TestSupport

/// Faults in which something stands, and does not do what it should: slow, halted, half-open.
enum GreyFaults {
    static let all = [slowDatabase, halfOpen, halted]

    /// Restarts what uses the database so that it goes through a proxy, runs `body`, and restarts it as it was.
    private static func throughProxy(_ trial: Trial, _ body: (TCPProxy) async throws -> Void) async throws {
        let proxy = try TCPProxy(to: trial.suite.database.port)
        defer { proxy.stop() }
        let parts = trial.suite.parts
        for part in parts {
            try await part.terminate()
            try await part.start(["DB_PORT": String(proxy.port)])
        }
        try await body(proxy)
        proxy.heal()
        trial.faultEnds()
        try await Oracle(trial: trial).waitUntilWorking()
        for part in parts {
            try await part.terminate()
            try await part.start()
        }
    }

    private static let slowDatabase = FaultCase(
        name: "F12",
        fault: "slow database: 500 ms more an answer, then a locked table"
    ) { trial in
        try await throughProxy(trial) { proxy in
            let seconds = trial.isBrief ? 5 : 30
            trial.note("\(seconds) s each")
            proxy.impair(.toClient, TCPProxy.Impairment(delay: .milliseconds(500)))
            try await Task.sleep(for: .seconds(seconds))
            proxy.heal()
            try await trial.suite.client.withTransaction { connection in
                try await connection.execute("LOCK TABLE location IN ACCESS EXCLUSIVE MODE")
                try await Task.sleep(for: .seconds(seconds))
            }
        }
    }

    private static let halfOpen = FaultCase(
        name: "F16",
        fault: "network to the database cut both ways, and swallowing one way (own TCP proxy)"
    ) { trial in
        try await throughProxy(trial) { proxy in
            let seconds = trial.isBrief ? 4 : 20
            trial.note("\(seconds) s each")
            proxy.cut()
            try await Task.sleep(for: .seconds(seconds))
            proxy.heal()
            for ways in [[TCPProxy.Direction.toServer], [.toClient], [.toServer, .toClient]] {
                try await trial.pause(milliseconds: 500...1_500)
                for way in ways { proxy.impair(way, TCPProxy.Impairment(isSwallowing: true)) }
                try await Task.sleep(for: .seconds(seconds))
                proxy.heal()
            }
        }
    }

    private static let halted = FaultCase(
        name: "F26",
        fault: "SIGSTOP of database, then of broker"
    ) { trial in
        let seconds = trial.isBrief ? 5 : 30
        let ground = trial.suite.ground
        ground.server.halt(true)
        try await Task.sleep(for: .seconds(seconds))
        ground.server.halt(false)
        trial.note("\(seconds) s of database")
        guard case .apache(let cluster) = ground.broker else { return }
        try await trial.acknowledgements(1_000)
        for broker in cluster.brokers { broker.halt(true) }
        try await Task.sleep(for: .seconds(seconds))
        for broker in cluster.brokers { broker.halt(false) }
        trial.note("\(seconds) s of broker")
    }
}
