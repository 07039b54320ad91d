import Foundation
import Postgres
import TestSupport

/// Faults of too much.
enum OverloadFaults {
    static let all = [tooManyClients, overload, storm, largestBatches]

    private static let tooManyClients = FaultCase(
        name: "F13",
        fault: "too many database clients: nobody else gets a connection"
    ) { trial in
        let hoard = try await ConnectionHoard(of: trial.suite.database)
        trial.note("\(hoard.count) connections hoarded")
        try await Task.sleep(for: .seconds(trial.isBrief ? 5 : 20))
        await hoard.release()
    }

    /// What overload may do to those who are let in, as promised in the README.
    private enum Bound {
        /// Seconds in which 99 of 100 are answered.
        static let latency = 0.5
        /// The same in multiples of what it was before, where the machine is slower than that anyway.
        static let slowdown = 2.0
        /// How much of what was done before is still done.
        static let goodput = 0.8
        /// Seconds until all is as before.
        static let recovery = 10
    }

    private static let overload = FaultCase(
        name: "F27",
        fault: "5 × overload: the producer is asked for five times what it can take, and more",
        limit: .seconds(900),
        phones: 400,
        load: Load.Shape(senders: 4, stepsPerBatch: 10, pause: .milliseconds(500)),
        isAlone: true
    ) { trial in
        let seconds = trial.isBrief ? 10 : 60
        let port = trial.suite.producer.address.port ?? 0
        let fixes = Array(trial.batches(steps: 0..<10)[0].prefix(1_000))
        let body = try trial.phone().lines(of: fixes)
        let normal = try await Flood(of: body, to: port).run(clients: 4, for: .seconds(seconds / 4))
        let capacity = Double(normal.accepted.count) / Double(seconds / 4)
        // Each comes again a little more than three times a second.
        let clients = min(max(400, Int(5.5 * capacity / 3)), 2_000)
        let flood = try await Flood(of: body, to: port).run(clients: clients, for: .seconds(seconds))
        trial.faultEnds()
        let recovery = try await recovery(to: normal, capacity: capacity, body, port)
        // What was taken of it is everybody's to send.
        try await trial.phone().send(fixes)
        let factor = Double(flood.count) / Double(seconds) / max(capacity, 1)
        let goodput = Double(flood.accepted.count) / Double(seconds) / max(capacity, 1)
        let milliseconds = [normal.latency, flood.latency, flood.refusalLatency].map { Int($0 * 1_000) }
        trial.note(
            """
            \(seconds) s of \(Int(factor)) × \(Int(capacity)) batches/s: \(Int(goodput * 100)) % of that taken, 99 % in \
            \(milliseconds[1]) ms (\(milliseconds[0]) before); \(flood.refused.count) refused, 99 % in \
            \(milliseconds[2]) ms; \(flood.failed) without an answer; as before after \(recovery) s
            """
        )
        let latency = max(Bound.latency, Bound.slowdown * normal.latency)
        guard normal.refused.isEmpty else { throw FaultsError("\(normal.refused.count) were refused without need.") }
        guard factor >= 5 else { throw FaultsError("It was no overload: \(factor) × what it can take.") }
        guard !flood.refused.isEmpty else { throw FaultsError("Nothing was refused.") }
        guard flood.latency <= latency else { throw FaultsError("What was taken was answered too late.") }
        guard flood.refusalLatency <= latency else { throw FaultsError("What was refused was answered too late.") }
        guard goodput >= Bound.goodput else { throw FaultsError("Only \(goodput) of what it can take was taken.") }
        guard recovery <= Bound.recovery else { throw FaultsError("It took \(recovery) s to recover.") }
    }

    /// Seconds until four clients are served as before: nobody refused, as many answers, and none much later.
    private static func recovery(
        to normal: Flood.Outcome,
        capacity: Double,
        _ body: [UInt8],
        _ port: Int
    ) async throws -> Int {
        let began = ContinuousClock.now
        while ContinuousClock.now - began < .seconds(60) {
            let outcome = try await Flood(of: body, to: port).run(clients: 4, for: .seconds(2))
            if outcome.refused.isEmpty, Double(outcome.accepted.count) / 2 >= Bound.goodput * capacity,
                outcome.latency <= max(Bound.latency, Bound.slowdown * normal.latency)
            {
                break
            }
        }
        return Int((ContinuousClock.now - began).seconds.rounded(.up))
    }

    private static let storm = FaultCase(
        name: "F28",
        fault: "a storm of retries while the queue is away"
    ) { trial in
        let ground = trial.suite.ground
        let seconds = trial.isBrief ? 4 : 20
        if let broker = ground.broker { try await broker.takeAway() } else { try await ground.server.stop() }
        let body = try trial.phone().lines(of: trial.batches(steps: 0..<10)[0])
        let refused = await hammer(trial.suite.producer.address, with: body, clients: 32, for: .seconds(seconds))
        if let broker = ground.broker { try await broker.bringBack() } else { try ground.server.start() }
        trial.note("\(seconds) s, \(refused) refused")
    }

    private static let largestBatches = FaultCase(
        name: "F30",
        fault: "memory limit: the largest batches, far more at once than there is memory for",
        limit: .seconds(900),
        phones: 1_000,
        load: Load.Shape(senders: 2, stepsPerBatch: 2, pause: .milliseconds(500))
    ) { trial in
        let seconds = trial.isBrief ? 5 : 20
        let fixes = trial.batches(steps: 0..<10)[0]
        let body = try trial.phone().lines(of: fixes)
        let refused = await hammer(
            trial.suite.producer.address,
            with: body,
            clients: 128,
            for: .seconds(seconds)
        )
        // What was taken of it is everybody's to send.
        try await trial.phone().send(fixes)
        trial.note("\(seconds) s, \(body.count >> 10) KiB a batch, \(refused) refused")
    }

    /// Sends the same batch from many clients, again and again without a pause; returns how many were refused.
    private static func hammer(
        _ producer: URL,
        with body: [UInt8],
        clients: Int,
        for duration: Duration
    ) async -> Int {
        await withTaskGroup { group in
            let end = ContinuousClock.now + duration
            for _ in 0..<clients {
                group.addTask {
                    let client = HTTPClient(base: producer, connections: 1, timeout: 30)
                    var refused = 0
                    while .now < end {
                        let answer = try? await client.send(
                            "POST",
                            "/api/locations/batch",
                            contentType: "application/x-ndjson",
                            body: body
                        )
                        if answer?.status == 503 { refused += 1 }
                    }
                    return refused
                }
            }
            return await group.reduce(0, +)
        }
    }
}

/// Connections to a server, as many as it gives, that somebody holds and does nothing with.
private struct ConnectionHoard {
    private let clients: [PostgresClient]

    /// Takes them, and puts everybody else out.
    init(of configuration: PostgresConfiguration) async throws {
        var configuration = configuration
        configuration.maximumConnections = 1
        configuration.applicationName = "hoard"
        var clients: [PostgresClient] = []
        do {
            while true {
                let client = PostgresClient(configuration: configuration)
                clients.append(client)
                try await client.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'udaconnect%'"
                )
            }
        } catch let error as PostgresError where error.isUnavailability {
            self.clients = clients
        }
    }

    /// How many there are.
    var count: Int { clients.count }

    /// Gives them back.
    func release() async {
        for client in clients { await client.close() }
    }
}
