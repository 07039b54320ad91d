import Foundation
import Postgres
import TestSupport

/// Faults of the query services, and orderly stops of all services.
enum ServiceFaults {
    static let all = [askedAndKilled, rollingRestart]

    private static let askedAndKilled = FaultCase(
        name: "F3",
        fault: "kill -9 connection-service and person-service during requests"
    ) { trial in
        for round in 0..<(trial.isBrief ? 4 : 20) {
            let part = round % 2 == 0 ? trial.suite.connection : trial.suite.person
            let path = round % 2 == 0 ? "/api/encounters?from=2026-06-01&to=2026-06-02" : "/api/persons"
            try await withThrowingTaskGroup { group in
                // These requests keep the service busy when it dies; their answers do not matter.
                for _ in 0..<8 { group.addTask { _ = await part.status(of: path) } }
                try await trial.pause(milliseconds: 5...100)
                await part.kill9()
                try await group.waitForAll()
            }
            try await part.start(untilReady: false)
            try await trial.readiness(of: [part])
        }
    }

    private static let rollingRestart = FaultCase(
        name: "F4",
        fault: "SIGTERM under load, two producers in turn: no failed request, exit within 25 s",
        load: nil
    ) { trial in
        let producers = [trial.suite.producer, try trial.suite.another(.locationProducer)]
        try await producers[1].start()
        let balancer = LoadBalancer(producers.map(\.address))
        let batches = trial.batches(steps: 0..<2_000)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for sender in 0..<4 {
                group.addTask {
                    var failures = 0
                    let phone = trial.phone(behind: balancer)
                    for index in stride(from: sender, to: batches.count, by: 4) {
                        failures += try await phone.send(batches[index]) - 1
                        try await Task.sleep(for: .milliseconds(50))
                    }
                    return failures
                }
            }
            for _ in 0..<(trial.isBrief ? 2 : 4) {
                for producer in producers {
                    try await trial.pause(milliseconds: 200...800)
                    balancer.withdraw(producer.address)
                    // Kubernetes waits before SIGTERM as well, so that no request is on its way.
                    try await Task.sleep(for: .milliseconds(500))
                    let began = ContinuousClock.now
                    try await producer.terminate()
                    let time = (ContinuousClock.now - began).seconds
                    guard time < 25 else { throw FaultsError("A producer took \(Int(time)) s to end.") }
                    try await producer.start()
                    balancer.admit(producer.address)
                }
            }
            var failures = 0
            for try await count in group { failures += count }
            guard failures == 0 else { throw FaultsError("\(failures) requests failed while producers were replaced.") }
        }
    }
}
