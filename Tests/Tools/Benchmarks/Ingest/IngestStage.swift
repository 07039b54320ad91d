import Foundation
import Geospatial
import LocationProtocol
import LocationQueue
import Models
import Postgres
import TestSupport

/// The database of the ingest measurements.
struct IngestStage {
    let client: PostgresClient
    let database: PostgresConfiguration

    /// Creates persons, numbered from 1.
    func createPersons(_ count: Int) async throws {
        try await client.execute("TRUNCATE person RESTART IDENTITY CASCADE")
        try await client.execute(
            """
            INSERT INTO person (first_name, last_name, company_name)
            SELECT 'First' || i, 'Last' || i, 'Company' || i % 50 FROM generate_series(1, \(count)) i
            """
        )
    }

    /// Appends locations to the embedded queue.
    func fillQueue(count: Int, persons: Int, batch: Int) async throws {
        try await client.execute("TRUNCATE location_log")
        try await client.execute("UPDATE location_log_partition SET next_offset = 0")
        // Another benchmark may have used Kafka as the queue.
        try await client.execute("UPDATE location_queue SET identity = 'postgres'")
        let producer = PostgresLogProducer(log: PostgresLog(client: client))
        try await Self.append(count, persons: persons, batch: batch, to: producer)
    }

    /// Appends locations in order of time: each person reports about every half minute, somewhere in a town.
    static func append(_ count: Int, persons: Int, batch: Int, to producer: some LocationQueueProducer) async throws {
        var random = SystemRandomNumberGenerator()
        for start in stride(from: 0, to: count, by: batch) {
            let messages = try (start..<min(start + batch, count)).map { index in
                LocationMessage(
                    report: LocationReport(
                        personID: try person(index % persons + 1),
                        coordinate: try Coordinate(
                            latitude: DegreesE7(rawValue: .random(in: 447_000_000...449_000_000, using: &random)),
                            longitude: DegreesE7(rawValue: .random(in: 203_000_000...206_000_000, using: &random))
                        ),
                        creationTime: time(index)
                    ),
                    receivedAt: nil
                )
            }
            _ = try await producer.append(messages)
        }
    }

    /// Runs the consumer until it has stored the whole queue.
    ///
    /// Returns rows a second.
    func consume(_ count: Int) async throws -> Double {
        try await reset()
        try await client.execute("UPDATE location_offset SET next_offset = 0")
        let consumer = try await RunningService.start(.locationConsumer, database: database, untilReady: false)
        // Start at the first batch, to exclude the start of the process.
        try await waitUntilStored(1)
        let began = ContinuousClock.now
        let before = try await stored()
        try await waitUntilStored(count)
        let elapsed = ContinuousClock.now - began
        await consumer.terminate()
        return Double(count - before) / elapsed.seconds
    }

    /// Copies the same rows.
    ///
    /// Returns rows a second.
    func copy(_ file: String, count: Int) async throws -> Double {
        try await reset()
        let began = ContinuousClock.now
        try psql("\\copy location from '\(file)' (format binary)")
        return Double(count) / (ContinuousClock.now - began).seconds
    }

    /// Sends batches over four connections until all are stored.
    ///
    /// Returns locations a second from the first byte on.
    func sendOverREST(count: Int, persons: Int, batch: Int) async throws -> Double {
        try await reset()
        try await client.execute("TRUNCATE location_log")
        try await client.execute("UPDATE location_log_partition SET next_offset = 0")
        try await client.execute("UPDATE location_offset SET next_offset = 0")
        let producer = try await RunningService.start(.locationProducer, database: database)
        let consumer = try await RunningService.start(.locationConsumer, database: database)
        guard let base = URL(string: producer.address) else { throw BenchmarkFailure(description: "no address") }
        let http = HTTPClient(base: base, connections: 4)
        let bodies = stride(from: 0, to: count, by: batch).map { start in
            let lines = (start..<min(start + batch, count)).map { index in
                #"{"person_id":\#(index % persons + 1),"latitude":"44.\#(7_000_000 + index * 7 % 1_999_999)","#
                    + #""longitude":"20.\#(3_000_000 + index * 13 % 2_999_999)","#
                    + #""creation_time":"\#(Self.time(index))"}"#
            }
            return Array((lines.joined(separator: "\n") + "\n").utf8)
        }
        let began = ContinuousClock.now
        try await withThrowingTaskGroup { group in
            for connection in 0..<4 {
                group.addTask {
                    for index in stride(from: connection, to: bodies.count, by: 4) {
                        let answer = try await http.send(
                            "POST",
                            "/api/locations/batch",
                            contentType: "application/x-ndjson",
                            body: bodies[index]
                        )
                        guard answer.status == 200 else {
                            throw BenchmarkFailure(description: "a batch was answered \(answer.status)")
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        try await waitUntilStored(count)
        let elapsed = ContinuousClock.now - began
        await producer.terminate()
        await consumer.terminate()
        return Double(count) / elapsed.seconds
    }

    /// Runs a command of psql.
    func psql(_ command: String) throws {
        try Self.finish(try startPSQL(command))
    }

    /// Starts psql with a command.
    func startPSQL(_ command: String) throws -> ChildProcess {
        try ChildProcess.psql(command, in: database)
    }

    /// Waits for psql to end.
    static func finish(_ process: ChildProcess) throws {
        guard process.waitUntilExit() == 0 else { throw BenchmarkFailure(description: "psql failed") }
    }

    /// Empties the table.
    func reset() async throws {
        try await client.execute("TRUNCATE location")
        try await client.execute("CHECKPOINT")
    }

    /// The number of stored messages in all partitions.
    func stored() async throws -> Int {
        try await client.query("SELECT coalesce(sum(next_offset), 0)::bigint FROM location_offset").single(Int.self)
    }

    /// Waits for a number of stored messages.
    func waitUntilStored(_ count: Int) async throws {
        try await eventually("\(count) locations are stored", within: .seconds(600)) { try await stored() >= count }
    }

    private static func person(_ number: Int) throws -> PersonID {
        guard let id = PersonID(rawValue: number) else { throw BenchmarkFailure(description: "no such person") }
        return id
    }

    /// One person reports every 24 ms, starting on the first of June.
    private static func time(_ index: Int) -> Timestamp {
        Timestamp(microseconds: 1_780_272_000_000_000 + Int64(index) * 24_000)
    }
}
