import Foundation
import Postgres
import TestSupport

/// Faults of overload.
enum OverloadFaults {
    static let all = [tooManyClients, overload, storm, largestBatches]

    private static let tooManyClients = FaultCase(
        name: "F13",
        fault: "too many database clients: the services get no connection"
    ) { trial in
        let hoard = try await ConnectionHoard(of: trial.suite.database)
        trial.note("\(hoard.count) connections hoarded")
        try await Task.sleep(for: .seconds(trial.isBrief ? 5 : 20))
        await hoard.release()
    }

    /// Bounds for admitted requests under overload, as promised in the README.
    private enum Bound {
        /// Maximum 99th percentile of the response time in seconds.
        static let latency = 0.5
        /// Maximum ratio to the response time without overload, for slow machines.
        static let slowdown = 2.0
        /// Minimum share of the normal throughput.
        static let goodput = 0.8
        /// Maximum seconds until the service has recovered.
        static let recovery = 10
    }

    private static let overload = FaultCase(
        name: "F27",
        fault: "5 × overload: the producer gets at least five times its capacity",
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
        // Each client retries a little more than three times a second.
        let clients = min(max(400, Int(5.5 * capacity / 3)), 2_000)
        let flood = try await Flood(of: body, to: port).run(clients: clients, for: .seconds(seconds))
        trial.faultEnds()
        let recovery = try await recovery(to: normal, capacity: capacity, body, port)
        // Any phone may send these locations again.
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
        guard normal.refused.isEmpty else {
            throw FaultsError("\(normal.refused.count) requests were rejected without need.")
        }
        guard factor >= 5 else { throw FaultsError("The load was only \(factor) × the capacity.") }
        guard !flood.refused.isEmpty else { throw FaultsError("Nothing was refused.") }
        guard flood.latency <= latency else { throw FaultsError("Admitted requests were answered too late.") }
        guard flood.refusalLatency <= latency else { throw FaultsError("Rejected requests were answered too late.") }
        guard goodput >= Bound.goodput else { throw FaultsError("Only \(goodput) of the capacity was used.") }
        guard recovery <= Bound.recovery else { throw FaultsError("It took \(recovery) s to recover.") }
    }

    /// Seconds until four clients are served as before: no rejections, the same throughput, and similar response times.
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
        fault: "a storm of retries while the queue is unavailable"
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
        fault: "memory limit: the largest batches, far more at once than fit into memory",
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
        // Any phone may send these locations again.
        try await trial.phone().send(fixes)
        trial.note("\(seconds) s, \(body.count >> 10) KiB a batch, \(refused) refused")
    }

    /// Sends the same batch from many clients repeatedly without a pause.
    ///
    /// Returns the number of rejections.
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

/// Occupies as many connections to a server as possible.
private struct ConnectionHoard {
    private let clients: [PostgresClient]

    /// Opens the connections, and closes those of all other clients.
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

    /// The number of connections.
    var count: Int { clients.count }

    /// Closes the connections.
    func release() async {
        for client in clients { await client.close() }
    }
}
