import KafkaTestSupport
import Postgres
import TestSupport

/// Partial failures: components that are slow, suspended or half-open.
enum GreyFaults {
    static let all = [slowDatabase, halfOpen, halted]

    /// Restarts all services with other settings, those of a proxy, runs `body`, and restarts them with the original ones.
    private static func through(
        _ proxy: TCPProxy,
        _ settings: [String: String],
        _ trial: Trial,
        _ body: () async throws -> Void
    ) async throws {
        let parts = trial.suite.parts
        for part in parts {
            try await part.terminate()
            try await part.start(settings)
        }
        try await body()
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
        fault: "slow database: 500 ms more per answer, then a locked table"
    ) { trial in
        let proxy = try TCPProxy(to: trial.suite.database.port)
        defer { proxy.stop() }
        try await through(proxy, ["DB_PORT": String(proxy.port)], trial) {
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
        fault: "network to database, then to broker: cut both ways, then one-way packet loss (own TCP proxies)",
        limit: .seconds(600),
        ground: Suite.Ground.proxied
    ) { trial in
        let proxy = try TCPProxy(to: trial.suite.database.port)
        defer { proxy.stop() }
        let seconds = trial.isBrief ? 4 : 20
        trial.note("\(seconds) s each")
        try await through(proxy, ["DB_PORT": String(proxy.port)], trial) { try await breakOff(proxy, seconds, trial) }
        guard let proxy = trial.suite.ground.brokerProxy else { return }
        try await through(proxy, ["KAFKA_BROKERS": "127.0.0.1:\(proxy.port)"], trial) {
            try await breakOff(proxy, seconds, trial)
        }
        trial.note("the broker as well")
    }

    private static func breakOff(_ proxy: TCPProxy, _ seconds: Int, _ trial: Trial) async throws {
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
