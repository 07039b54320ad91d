import KafkaTestSupport
import LocationQueue
import Postgres
import TestSupport

/// Faults inside of Kafka.
enum BrokerFaults {
    static let all = [moves, fatalProducer, retention, rebalances]

    private static let moves = FaultCase(
        name: "F6",
        fault: "leader and coordinator moves, errors of single requests",
        queues: [.kafka],
        needsMock: true
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
        needsMock: true
    ) { trial in
        guard case .mock(let cluster) = trial.suite.ground.broker else { return }
        let count = trial.isBrief ? 3 : 20
        trial.note("\(count) errors")
        for _ in 0..<count {
            cluster.fail(.produce, with: [.outOfOrderSequence])
            try await trial.acknowledgements(500)
        }
    }

    private static let retention = FaultCase(
        name: "F8",
        fault: "retention overtakes the offset: the partition halts with an alarm until an operator decides",
        queues: [.kafka],
        load: nil
    ) { trial in
        guard case .apache(let cluster) = trial.suite.ground.broker, let topic = trial.suite.topic?.topic else {
            throw Obstacle("It takes a broker of our own and its tools: set KAFKA_HOME.")
        }
        let (suite, phone) = (trial.suite, trial.phone())
        let batches = trial.batches(steps: 0..<200)
        for batch in batches[..<10] { try await phone.send(batch) }
        await suite.consumer.kill9()
        for batch in batches[10...] { try await phone.send(batch) }
        let ends = try await suite.log().ends()
        guard let partition = ends.max(by: { $0.value < $1.value })?.key, let end = ends[partition] else { return }
        try await cluster.brokers[0].deleteRecords(of: topic, partition: partition, before: end - 10)
        try await suite.consumer.start(untilReady: false)
        try await eventually("the partition is counted as halted") {
            await suite.consumer.metric("location_queue_halted_partitions") == 1
        }
        // The operator decides to go on, and the phones still have what is gone.
        try await suite.client.execute(
            "UPDATE location_offset SET next_offset = \(end - 10) WHERE partition = \(Int16(partition))"
        )
        trial.faultEnds()
        for batch in batches { try await phone.send(batch) }
        try await eventually("no partition is halted") {
            await suite.consumer.metric("location_queue_halted_partitions") == 0
        }
    }

    private static let rebalances = FaultCase(
        name: "F24",
        fault: "rebalance storm: members join and leave all the time",
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
