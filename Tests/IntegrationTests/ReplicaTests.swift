import Foundation
import Kafka
import KafkaTestSupport
import Postgres
import Simulation
import TestSupport
import Testing

/// Several connection-services on one queue give the same answers, in whatever order locations arrive.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ReplicaTests {
    private static let persons: ClosedRange<Int32> = 1...5
    /// Days of June 2026.
    ///
    /// One request for all meetings covers at most one day.
    private static let days = 1...4

    /// Each location is sent ten times and shuffled, a later day before an earlier one.
    ///
    /// Three replicas must give the same answers as a service that received each location once and in order.
    @Test(arguments: ["postgres", "kafka"])
    func answersIgnoreOrderAndRepetitionOfLocations(queue: String) async throws {
        var random = Xoshiro256(seed: 20_260_601)
        let days = (0..<2).map { day in Self.walks(on: day, using: &random) }
        let clean = days.flatMap { $0 }.sorted { $0.time < $1.time }
        let dirty = days.reversed().flatMap { day in
            Array(repeatElement(day, count: 10).joined()).shuffled(using: &random)
        }
        let expected = try await answers(to: clean)
        #expect(expected.count == Self.days.count + Self.persons.count * 5)
        // There are meetings at all.
        #expect(expected.joined().contains(#""duration""#))
        try await withQueue(queue) { environment in
            try await withServices(environment: environment) { services in
                try await createPersons(services)
                let second = try await replica(of: services)
                try await send(Array(dirty[..<(dirty.count / 2)]), to: services)
                // This replica reads half of the locations from the database, and the other half from the queue.
                let third = try await replica(of: services)
                try await send(Array(dirty[(dirty.count / 2)...]), to: services)
                try await waitUntilStored(clean.count, of: dirty.count, in: services)
                // This replica has to read everything.
                let fourth = try await replica(of: services)
                var exact: Set<[String]> = []
                for replica in [services.connection, second, third, fourth] {
                    try await eventually("a replica answers as for clean input") {
                        try await self.answers(of: replica, services).map(Self.withoutNumbers) == expected
                    }
                    exact.insert(try await answers(of: replica, services))
                }
                // The replicas also agree on the numbers of locations.
                #expect(exact.count == 1)
                for replica in [second, third, fourth] { #expect(await replica.terminate() == 0) }
            }
        }
    }

    private struct Fix {
        let person: Int32
        let time: Int
        let line: String
    }

    /// Each person walks around one place and reports about every half minute, for an hour.
    private static func walks(on day: Int, using random: inout Xoshiro256) -> [Fix] {
        persons.flatMap { person -> [Fix] in
            var (latitude, longitude) = (0, 0)
            return (0..<120).map { step in
                latitude += Int.random(in: -200...200, using: &random)
                longitude += Int.random(in: -200...200, using: &random)
                let time = day * 86_400_000 + step * 30_000 + Int.random(in: 0..<30_000, using: &random)
                return Fix(
                    person: person,
                    time: time,
                    line: #"{"person_id":\#(person),"latitude":"48.\#(5_000_000 + latitude)","#
                        + #""longitude":"2.\#(3_000_000 + longitude)","creation_time":"\#(moment(milliseconds: time))"}"#
                )
            }
        }
    }

    /// The answers of a single connection-service that receives exactly these locations.
    private func answers(to fixes: [Fix]) async throws -> [String] {
        var result: [String] = []
        try await withServices { services in
            try await createPersons(services)
            try await send(fixes, to: services)
            try await waitUntilStored(fixes.count, of: fixes.count, in: services)
            let fresh = try await replica(of: services)
            result = try await answers(of: fresh, services).map(Self.withoutNumbers)
            #expect(await fresh.terminate() == 0)
        }
        return result
    }

    private func answers(of replica: RunningService, _ services: Services) async throws -> [String] {
        var paths = Self.days.map { "/api/encounters?from=2026-06-0\($0)T00:00:00&to=2026-06-0\($0)T23:59:59" }
        for person in Self.persons {
            let window = "start_date=2026-05-31&end_date=2026-06-03"
            paths += ["5", "0.5", "20"].map { "/api/persons/\(person)/connection?\(window)&distance=\($0)" }
            paths += ["/api/persons/\(person)/encounters", "/api/persons/\(person)/locations?limit=1000"]
        }
        var bodies: [String] = []
        for path in paths {
            let answer = try await services.send("GET", path, to: replica)
            try #require(answer.status == 200, "\(path): \(answer.body)")
            bodies.append(answer.body)
        }
        return bodies
    }

    /// Removes the numbers of locations: they are positions in the queue and therefore differ.
    private static func withoutNumbers(_ body: String) -> String {
        body.replacing(/"id":\d{10,}/, with: #""id":0"#)
    }

    private func createPersons(_ services: Services) async throws {
        for person in Self.persons { #expect(try await services.createPerson("P\(person)") == person) }
    }

    private func replica(of services: Services) async throws -> RunningService {
        try await RunningService.start(
            .connectionService,
            database: services.database,
            environment: services.environment
        )
    }

    private func send(_ fixes: [Fix], to services: Services) async throws {
        for start in stride(from: 0, to: fixes.count, by: 5_000) {
            let lines = fixes[start..<min(start + 5_000, fixes.count)].map(\.line)
            let answer = try await services.send(
                "POST",
                "/api/locations/batch",
                to: services.producer,
                json: lines.joined(separator: "\n"),
                contentType: "application/x-ndjson"
            )
            try #require(answer.status == 200, "\(answer.body)")
        }
    }

    private func waitUntilStored(_ count: Int, of messages: Int, in services: Services) async throws {
        let client = PostgresClient(configuration: services.database)
        try await eventually("\(messages) messages are stored", within: .seconds(120)) {
            try await client.query("SELECT coalesce(sum(next_offset), 0)::bigint FROM location_offset").single(Int.self)
                == messages
        }
        #expect(try await client.query("SELECT count(*) FROM location").single(Int.self) == count)
        await client.close()
    }

    private func withQueue(_ name: String, _ body: ([String: String]) async throws -> Void) async throws {
        guard name == "kafka" else { return try await body([:]) }
        try await TestBroker.withBroker { broker in
            try await body(["LOCATION_QUEUE": "kafka", "KAFKA_BROKERS": broker.configuration.brokers])
        }
    }
}
