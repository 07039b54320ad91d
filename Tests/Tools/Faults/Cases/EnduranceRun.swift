import KafkaTestSupport
import Synchronization

/// Kills all processes repeatedly while a million locations arrive.
enum EnduranceRun {
    /// The processes to kill.
    private enum Victim: String, CaseIterable {
        case producer, consumer, broker, postmaster
    }

    private static let leastKills = 100
    private static let leastAcknowledged = 1_000_000

    /// Not part of the catalogue.
    ///
    /// It takes a quarter of an hour and runs only on request.
    static let long = FaultCase(
        name: "LONG",
        fault: "random kill -9 of producer, consumer, broker and postmaster",
        limit: .seconds(2_400),
        phones: 400,
        load: Load.Shape(senders: 4, stepsPerBatch: 10, pause: .milliseconds(1_200))
    ) { trial in
        // Kill service processes more often than servers.
        var draws: [Victim] = Array(repeating: .producer, count: 4) + Array(repeating: .consumer, count: 4)
        draws.append(.postmaster)
        if trial.suite.ground.broker?.isOurs == true { draws.append(.broker) }
        var kills: [Victim: Int] = [:]
        var lastConsumer = ContinuousClock.now
        while kills.values.reduce(0, +) < leastKills || trial.ledger.count < leastAcknowledged {
            try await trial.pause(milliseconds: 500...6_000)
            var victim = draws[trial.random(in: 0...draws.count - 1)]
            // The group reassigns partitions when the session of a dead member expires, after 6 s. Leave time to store locations.
            if victim == .consumer, .now - lastConsumer < .seconds(10) { victim = .producer }
            if victim == .consumer { lastConsumer = .now }
            kills[victim, default: 0] += 1
            switch victim {
            case .producer: try await restart(trial.suite.producer)
            case .consumer: try await restart(trial.suite.consumer)
            case .broker: try await trial.suite.ground.broker?.bounceOne(trial.random(in: 0...99))
            case .postmaster:
                try await trial.suite.ground.server.kill9()
                try trial.suite.ground.server.start()
            }
        }
        let counts = Victim.allCases.compactMap { victim in kills[victim].map { "\($0) of \(victim.rawValue)" } }
        trial.note("\(kills.values.reduce(0, +)) kills: \(counts.joined(separator: ", "))")
        try await trial.suite.ground.broker?.configuration.waitUntilAnswering()
    }

    private static func restart(_ part: Part) async throws {
        await part.kill9()
        try await part.start(untilReady: false)
    }
}
