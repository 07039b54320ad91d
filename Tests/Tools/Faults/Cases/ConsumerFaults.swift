import Failpoints
import LocationQueue
import Postgres
import TestSupport

/// Faults of location-consumer.
enum ConsumerFaults {
    static let all = [killed, commitCut, zombie]

    private static let killed = FaultCase(
        name: "F2",
        fault:
            "kill -9 consumer: after poll, in mid insert, before COMMIT, after COMMIT, while partitions are assigned",
        isBrief: true,
        limit: .seconds(900)
    ) { trial in
        let points: [Failpoint] = [
            .consumerAfterPoll, .consumerInInsert, .consumerBeforeCommit, .consumerAfterCommit, .consumerWhileAssigned,
        ]
        let consumer = trial.suite.consumer
        let kills = trial.isBrief ? 10 : 50
        trial.note("\(kills) kills")
        for round in 0..<kills {
            await consumer.kill9()
            let point = points[round % points.count]
            // The group assigns partitions only once or twice.
            let countdown = point == .consumerWhileAssigned ? 1 : trial.random(in: 1...5)
            var settings = ["FAILPOINT": "\(point.rawValue):\(countdown)"]
            // A separate group need not wait 10 s for the session of the dead member. Other cases cover that wait.
            if trial.isBrief { settings["KAFKA_GROUP"] = "\(trial.suite.topic?.topic ?? "")-\(round)" }
            try await consumer.start(settings, untilReady: false)
            try await consumer.died()
        }
        try await consumer.start(untilReady: false)
    }

    private static let commitCut = FaultCase(
        name: "F11",
        fault: "the answer to COMMIT is lost",
        isBrief: true,
        limit: .seconds(1_200)
    ) { trial in
        let proxy = try TCPProxy(to: trial.suite.database.port)
        defer { proxy.stop() }
        let consumer = trial.suite.consumer
        try await consumer.terminate()
        try await consumer.start(["DB_PORT": String(proxy.port)])
        // Cut every other answer, so that some commits are confirmed.
        let isNext = Alternation()
        proxy.cutAnswers { $0.elementsEqual(PostgresBytes.commit) && isNext.flip() }
        let count = trial.isBrief ? 20 : 1_000
        trial.note("\(count) answers")
        try await eventually("\(count) answers are cut", within: .seconds(1_000)) { proxy.answersCut >= count }
        proxy.heal()
        trial.faultEnds()
        try await Oracle(trial: trial).waitUntilWorking()
        try await consumer.terminate()
        try await consumer.start()
    }

    /// Not among the brief ones: librdkafka may abort when a process that was stopped returns to its group, and nothing here restarts it.
    ///
    /// See <https://github.com/confluentinc/librdkafka/issues/5573>.
    private static let zombie = FaultCase(
        name: "F25",
        fault: "a zombie owner: SIGSTOP in the middle of a transaction, others take over, SIGCONT",
        limit: .seconds(300)
    ) { trial in
        let (zombie, heir) = (trial.suite.consumer, try trial.suite.another(.locationConsumer))
        await zombie.kill9()
        let point = Failpoint.consumerBeforeCommit.rawValue
        try await zombie.start(["FAILPOINT": "\(point):\(trial.random(in: 2...6)):halt"], untilReady: false)
        try await eventually("the consumer is halted") { zombie.isHalted }
        let halted = ContinuousClock.now
        try await heir.start()
        // The heir stores new locations, whatever the zombie holds.
        try await Oracle(trial: trial).waitUntilStoring()
        let takeover = (ContinuousClock.now - halted).seconds
        guard takeover < 20 else { throw FaultsError("The other consumer took \(Int(takeover)) s to take over.") }
        let seconds = trial.isBrief ? 5 : 60
        trial.note("\(seconds) s, taken over after \(Int(takeover)) s")
        try await Task.sleep(until: halted + .seconds(seconds))
        trial.faultEnds()
        zombie.service?.signal(18)
    }
}
