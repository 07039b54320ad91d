import Failpoints

/// Faults of location-consumer.
enum ConsumerFaults {
    static let all = [killed]

    private static let killed = FaultCase(
        name: "F2",
        fault:
            "kill -9 consumer: after poll, in mid insert, before COMMIT, after COMMIT, while partitions are assigned",
        isBrief: true
    ) { trial in
        let points: [Failpoint] = [
            .consumerAfterPoll, .consumerInInsert, .consumerBeforeCommit, .consumerAfterCommit, .consumerWhileAssigned,
        ]
        let consumer = trial.suite.consumer
        for round in 0..<(trial.isBrief ? 10 : 50) {
            await consumer.kill9()
            let point = points[round % points.count]
            // The group gives partitions once or twice only.
            let countdown = point == .consumerWhileAssigned ? 1 : trial.random(in: 1...5)
            try await consumer.start(["FAILPOINT": "\(point.rawValue):\(countdown)"], untilReady: false)
            try await consumer.died()
        }
        try await consumer.start(untilReady: false)
    }
}
