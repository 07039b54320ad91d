import KafkaTestSupport
import LocationQueue
import TestSupport

/// Faults inside Kafka.
enum BrokerFaults {
    static let all = [moves, fatalProducer, rebalances]

    private static let moves = FaultCase(
        name: "F6",
        fault: "leader and coordinator moves, errors of single requests",
        queues: [.kafka],
        ground: Suite.Ground.mock
    ) { trial in
        guard case .mock(let cluster) = trial.suite.ground.broker, let topic = trial.suite.topic?.topic else { return }
        let rounds = trial.isBrief ? 10 : 60
        trial.note("\(rounds) rounds")
        for _ in 0..<rounds {
            switch trial.random(in: 0...3) {
            case 0:
                cluster.moveLeader(
                    of: topic,
                    partition: Int32(trial.random(in: 0...7)),
                    to: Int32(trial.random(in: 1...3))
                )
            case 1: cluster.moveCoordinator(of: topic, to: Int32(trial.random(in: 1...3)))
            case 2: cluster.fail(.produce, with: [.notLeader, .notEnoughReplicas, .timedOut])
            default: cluster.fail(.fetch, with: [.notLeader, .timedOut])
            }
            try await trial.pause(milliseconds: 100...800)
        }
    }

    private static let fatalProducer = FaultCase(
        name: "F7",
        fault: "fatal producer error: the broker reports a gap in the sequence",
        queues: [.kafka],
        ground: Suite.Ground.mock
    ) { trial in
        guard case .mock(let cluster) = trial.suite.ground.broker else { return }
        let count = trial.isBrief ? 3 : 20
        trial.note("\(count) errors")
        for _ in 0..<count {
            cluster.fail(.produce, with: [.outOfOrderSequence])
            try await trial.acknowledgements(500)
        }
    }

    private static let rebalances = FaultCase(
        name: "F24",
        fault: "rebalance storm: members join and leave continuously",
        limit: .seconds(600)
    ) { trial in
        let others = [try trial.suite.another(.locationConsumer), try trial.suite.another(.locationConsumer)]
        let rounds = trial.isBrief ? 4 : 20
        trial.note("\(rounds) joined and left")
        for round in 0..<rounds {
            let part = others[round % others.count]
            if part.service?.isRunning == true { try await part.terminate() }
            try await part.start(untilReady: false)
            try await trial.pause(milliseconds: 500...3_000)
        }
        for part in others where part.service?.isRunning != true { try await part.start() }
    }
}
