/// Faults with too many people in one place.
enum CrowdFaults {
    static let all = [booth]

    private static let booth = FaultCase(
        name: "F29",
        fault: "100,000 people at one booth, and location-consumer killed among them",
        limit: .seconds(900),
        phones: 100_000,
        isCrowd: true,
        asked: 4,
        load: nil
    ) { trial in
        let rounds: Int32 = trial.isBrief ? 1 : 3
        try await withThrowingTaskGroup { group in
            for sender in 0..<4 {
                group.addTask {
                    let phone = trial.phone()
                    let persons = (1...Int32(trial.walks.phones)).filter { Int($0) % 4 == sender }
                    for round in 0..<rounds {
                        for start in stride(from: 0, to: persons.count, by: 5_000) {
                            let present = persons[start..<min(start + 5_000, persons.count)]
                            try await phone.send(present.map { Fix(person: $0, step: round * 60) })
                        }
                    }
                }
            }
            try await trial.acknowledgements(trial.walks.phones / 2)
            await trial.suite.consumer.kill9()
            try await trial.suite.consumer.start(untilReady: false)
            try await group.waitForAll()
        }
        trial.note("\(rounds) locations of each within 30 m")
    }
}
