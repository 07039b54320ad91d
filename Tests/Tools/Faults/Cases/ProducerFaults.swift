import Failpoints

/// Faults of location-producer.
enum ProducerFaults {
    static let all = [killed]

    private static let killed = FaultCase(
        name: "F1",
        fault: "kill -9 producer: before produce, after enqueue, between report and answer, after the answer",
        isBrief: true
    ) { trial in
        let points: [Failpoint?] = [.producerBeforeProduce, .producerAfterEnqueue, .producerAfterReport, nil]
        let producer = trial.suite.producer
        let kills = trial.isBrief ? 8 : 40
        trial.note("\(kills) kills")
        for round in 0..<kills {
            if let point = points[round % points.count] {
                await producer.kill9()
                try await producer.start(
                    ["FAILPOINT": "\(point.rawValue):\(trial.random(in: 1...8))"],
                    untilReady: false
                )
                try await producer.died()
            } else {
                try await producer.start(untilReady: false)
                // The phone has received the answer, but repeats the fix anyway.
                let (phone, fix) = (trial.phone(), trial.nextProbe())
                try await phone.send([fix])
                await producer.kill9()
                try await producer.start(untilReady: false)
                try await phone.send([fix])
                try await trial.acknowledgements(1_000)
            }
        }
    }
}
