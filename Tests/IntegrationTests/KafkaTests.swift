import Foundation
import Kafka
import KafkaTestSupport
import Observability
import Postgres
import Synchronization
import TestSupport
import Testing

/// The suite with Kafka as its queue.
@Suite(.serialized, .timeLimit(.minutes(10))) struct KafkaTests {
    @Test func locationsReachTheAnswers() async throws {
        try await withServicesOnKafka { services, broker in
            let (me, other) = (try await services.createPerson("Me"), try await services.createPerson("Other"))
            for id in [me, other] {
                let line =
                    #"{"person_id": \#(id), "latitude": 48, "longitude": 2, "creation_time": "2026-06-01T00:00:00"}"#
                let answer = try await services.send("POST", "/api/locations", to: services.producer, json: line)
                #expect(answer.status == 200, "\(answer.body)")
            }
            try await eventually("they have met") { try await services.connections(of: me).count == 1 }
            let sender = TraceContext(isSampled: true)
            // Typed by hand: no key, no headers, swapped axes.
            let producer = try KafkaProducer(broker.configuration, logger: Logger(service: "tests", level: .error))
            try await withThrowingTaskGroup { group in
                group.addTask { await producer.run() }
                defer { producer.stop() }
                let line = #"{"person_id": \#(other), "latitude": -122.2, "longitude": 37.5}"#
                _ = try await producer.send([KafkaRecord(key: nil, value: Array(line.utf8))], to: "location")
                // location-producer would reject it.
                let unknown =
                    #"{"person_id": 999, "latitude": 48, "longitude": 2, "creation_time": "2026-06-01T00:00:00"}"#
                let headers = [
                    KafkaHeader("schema-version", "1"), KafkaHeader("traceparent", sender.traceparent),
                ]
                _ = try await producer.send(
                    [KafkaRecord(key: nil, headers: headers, value: Array(unknown.utf8))],
                    to: "location"
                )
            }
            try await eventually("the typed line is in the trail") {
                let trail = try await services.send("GET", "/api/persons/\(other)/locations", to: services.connection)
                return trail.body.contains(#""longitude":"-122.2","latitude":"37.5""#)
            }
            // A location that cannot be stored becomes a dead letter, and can be sent again.
            let client = PostgresClient(configuration: services.database)
            try await eventually("the location of an unknown person is a dead letter") {
                try await client.query("SELECT count(*) FROM dead_letter").single(Int.self) == 1
            }
            let admin = try KafkaAdmin(broker.configuration, logger: Logger(service: "tests", level: .error))
            try await eventually("the dead letter is in its topic") {
                try await admin.ends(of: "location.dead-letter", Array(0..<8)).values.reduce(0, +) == 1
            }
            let letter = try await firstHeaders(
                in: "location.dead-letter",
                ["dead-letter-reason", "origin-topic", "schema-version", "traceparent"],
                of: broker
            )
            #expect(letter["dead-letter-reason"] == "unknown_person")
            #expect(letter["origin-topic"] == "location")
            #expect(letter["schema-version"] == "1")
            // The trace of the sender is preserved.
            let trace = try #require(TraceContext(traceparent: letter["traceparent"] ?? ""))
            let entry = #""reason":"unknown_person","trace_id":"\#(trace.traceIDText)""#
            #expect(services.consumer.logText.contains(entry))
            try await client.execute("INSERT INTO person VALUES (999, 'N', 'N', 'N')")
            let replayed = try RunningService.run(
                .locationConsumer,
                "dead-letters",
                "replay",
                database: services.database,
                environment: services.environment
            )
            #expect(replayed.contains("1 dead letters were appended to the queue."))
            try await eventually("it is stored") {
                try await client.query("SELECT count(*) FROM location").single(Int.self) == 4
            }
            await client.close()
        }
    }

    /// `kill -9` of the consumer and, if possible, of the broker: no acknowledged location is lost or duplicated.
    @Test func killedProcessesLoseAndDuplicateNothing() async throws {
        try await withServicesOnKafka { services, broker in
            for index in 0..<20 { _ = try await services.createPerson("P\(index)") }
            let ledger = Ledger()
            var consumer = services.consumer
            try await withThrowingTaskGroup { group in
                for sender in 0..<4 {
                    group.addTask {
                        let base = try #require(URL(string: services.producer.address))
                        let client = HTTPClient(base: base, connections: 1)
                        var step = 0
                        // The mock cluster discards messages over 5 MiB a partition.
                        while !ledger.isClosed.load(ordering: .relaxed), step < 200 {
                            try await Self.send(200, from: sender, step: step, client)
                            ledger.acknowledged.withLock { $0 += 200 }
                            step += 1
                        }
                    }
                }
                for round in 0..<10 {
                    try await Task.sleep(for: .milliseconds(.random(in: 100...600)))
                    await consumer.kill9()
                    if case .kafka(let process) = broker, round % 4 == 1 {
                        await process.kill9()
                        try await process.start()
                        let before = ledger.acknowledged.withLock { $0 }
                        try await eventually("locations are accepted again", within: .seconds(180)) {
                            ledger.acknowledged.withLock { $0 } >= before + 1_000
                        }
                    }
                    consumer = try await RunningService.start(
                        .locationConsumer,
                        database: services.database,
                        environment: services.environment,
                        untilReady: false
                    )
                }
                ledger.isClosed.store(true, ordering: .relaxed)
                try await group.waitForAll()
            }
            let sent = ledger.acknowledged.withLock { $0 }
            let client = PostgresClient(configuration: services.database)
            try await eventually("all \(sent) locations are stored", within: .seconds(180)) {
                try await client.query("SELECT count(*) FROM location").single(Int.self) >= sent
            }
            let stored = try await client.query("SELECT count(*) FROM location").single(Int.self)
            let distinct = try await client.query(
                "SELECT count(*) FROM (SELECT DISTINCT person_id, creation_time FROM location) d"
            ).single(Int.self)
            print("10 kills: \(sent) acknowledged, \(stored) stored")
            #expect(sent > 2_000)
            #expect(stored == sent)
            #expect(distinct == sent)
            #expect(try await client.query("SELECT count(*) FROM dead_letter").single(Int.self) == 0)
            await client.close()
            #expect(await consumer.terminate() == 0)
        }
    }

    /// Members share the partitions.
    ///
    /// When the session of a killed member expires, the others take over.
    @Test func otherMembersReplaceADeadOne() async throws {
        try await withServicesOnKafka { services, broker in
            for index in 0..<20 { _ = try await services.createPerson("P\(index)") }
            var others: [RunningService] = []
            for _ in 0..<2 {
                others.append(
                    try await RunningService.start(
                        .locationConsumer,
                        database: services.database,
                        environment: services.environment
                    )
                )
            }
            try await eventually("the three share the partitions") {
                ([services.consumer] + others).map { $0.assignedPartitions ?? 0 }.sorted() == [2, 3, 3]
            }
            await services.consumer.kill9()
            let began = ContinuousClock.now
            let client = HTTPClient(base: try #require(URL(string: services.producer.address)), connections: 1)
            for sender in 0..<4 { try await Self.send(200, from: sender, step: 0, client) }
            let database = PostgresClient(configuration: services.database)
            try await eventually("everything is stored") {
                try await database.query("SELECT count(*) FROM location").single(Int.self) == 800
            }
            let time = ContinuousClock.now - began
            print("from the death of one of three consumers to everything stored: \(time)")
            // The mock cluster rarely checks for dead members.
            if case .kafka = broker { #expect(time < .seconds(15)) } else { #expect(time < .seconds(30)) }
            #expect(others.map { $0.assignedPartitions ?? 0 } == [4, 4])
            await database.close()
            for other in others { #expect(await other.terminate() == 0) }
        }
    }

    @Test func rejectsADatabaseOfAnotherQueue() async throws {
        try await withServicesOnKafka { services, _ in
            let person = try await services.createPerson("Me")
            let line =
                #"{"person_id": \#(person), "latitude": 48, "longitude": 2, "creation_time": "2026-06-01T00:00:00"}"#
            #expect(try await services.send("POST", "/api/locations", to: services.producer, json: line).status == 200)
            let client = PostgresClient(configuration: services.database)
            try await eventually("it is stored") {
                try await client.query("SELECT count(*) FROM location").single(Int.self) == 1
            }
            await client.close()
            let other = try await RunningService.start(
                .locationConsumer,
                database: services.database,
                untilReady: false
            )
            #expect(await other.exitStatus() == 1)
            #expect(other.logText.contains("QueueMismatch"))
        }
    }

    /// Sends locations of five persons with distinct times, and repeats them until they are acknowledged.
    private static func send(_ count: Int, from sender: Int, step: Int, _ client: HTTPClient) async throws {
        var lines = ""
        for index in 0..<count {
            let person = sender * 5 + index % 5 + 1
            lines += #"{"person_id":\#(person),"latitude":48,"longitude":2,"#
            lines += #""creation_time":"\#(moment(milliseconds: (step * count + index) * 40))"}"# + "\n"
        }
        let body = Array(lines.utf8)
        try await eventually("a batch is acknowledged") {
            let answer = try await client.send(
                "POST",
                "/api/locations/batch",
                contentType: "application/x-ndjson",
                body: body
            )
            try #require(answer.status == 200 || answer.status == 503)
            return answer.status == 200
        }
    }
}

/// The number of acknowledged locations.
private final class Ledger: Sendable {
    let acknowledged = Mutex(0)
    let isClosed = Atomic(false)
}

extension RunningService {
    /// The number of partitions in a consumer's last assignment, according to its log.
    fileprivate var assignedPartitions: Int? {
        logText.matches(of: /"Assigned partitions of the topic","count":(\d+)/).last.flatMap { Int($0.1) }
    }
}
