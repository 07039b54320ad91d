import Foundation
import JSON
import Kafka
import KafkaTestSupport
import Observability
import Postgres
import TestSupport
import Testing

/// The four services with a separate database.
struct Services {
    let database: PostgresConfiguration
    /// The settings that they share.
    let environment: [String: String]
    let person: RunningService
    let producer: RunningService
    let consumer: RunningService
    let connection: RunningService

    /// Sends a request.
    ///
    /// Returns the status, and the body as text.
    func send(
        _ method: String,
        _ path: String,
        to service: RunningService,
        json body: String? = nil,
        contentType: String = "application/json"
    ) async throws -> (status: Int, body: String) {
        let client = HTTPClient(base: try #require(URL(string: service.address)), connections: 1)
        let answer = try await client.send(method, path, contentType: contentType, body: body.map { Array($0.utf8) })
        return (answer.status, String(decoding: answer.body, as: UTF8.self))
    }

    /// Adds a person.
    ///
    /// Returns the number.
    func createPerson(_ name: String) async throws -> Int32 {
        let answer = try await send(
            "POST",
            "/api/persons",
            to: person,
            json: #"{"first_name": "\#(name)", "last_name": "L", "company_name": "C"}"#
        )
        #expect(answer.status == 200)
        let id = try #require(answer.body.firstMatch(of: /"id":(\d+)/)).1
        return try #require(Int32(id))
    }

    /// The numbers of the locations that a person was close to in 2026.
    func connections(of id: Int32, distance: Double = 5) async throws -> [Int64] {
        let path = "/api/persons/\(id)/connection?start_date=2026-01-01&end_date=2026-12-31&distance=\(distance)"
        let answer = try await send("GET", path, to: connection)
        #expect(answer.status == 200, "\(answer.body)")
        return answer.body.matches(of: /"location":\{"id":(\d+)/).compactMap { Int64($0.1) }
    }
}

/// Starts all services, and ends them after `body`.
///
/// - Parameters:
///   - rows: the rows of a legacy database to migrate, if any.
///   - environment: settings for all services.
///   - body: uses the services.
/// - Throws: an error of `body`, or of a service's start.
func withServices(
    onReferenceDatabaseWith rows: StaticString? = nil,
    environment: [String: String] = [:],
    _ body: (Services) async throws -> Void
) async throws {
    try await TestDatabase.withDatabase(rows == nil ? .tables : .extensions) { database in
        if let rows {
            let client = PostgresClient(configuration: database)
            try await client.withConnection { connection in
                try await connection.execute(script: referenceSchema)
                try await connection.execute(script: rows)
            }
            await client.close()
            try TestDatabase.prepare(database)
            try RunningService.migrate(database)
        }
        // Start all services at once, like `kubectl apply`.
        async let person = RunningService.start(.personService, database: database, environment: environment)
        async let producer = RunningService.start(.locationProducer, database: database, environment: environment)
        async let consumer = RunningService.start(.locationConsumer, database: database, environment: environment)
        async let connection = RunningService.start(.connectionService, database: database, environment: environment)
        let services = try await Services(
            database: database,
            environment: environment,
            person: person,
            producer: producer,
            consumer: consumer,
            connection: connection
        )
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(services))
        } catch {
            outcome = .failure(error)
        }
        for service in [services.producer, services.connection, services.person, services.consumer]
        where service.isRunning {
            let status = await service.terminate()
            #expect(status == 0, "\(service.logText.suffix(2_000))")
        }
        try outcome.get()
    }
}

/// Starts all services with a Kafka broker for the queue.
///
/// - Parameters:
///   - environment: additional settings for all services.
///   - body: uses the services.
/// - Throws: an error of `body`, or of a start.
func withServicesOnKafka(
    environment: [String: String] = [:],
    _ body: (Services, TestBroker) async throws -> Void
) async throws {
    try await TestBroker.withBroker { broker in
        let queue = ["LOCATION_QUEUE": "kafka", "KAFKA_BROKERS": broker.configuration.brokers]
        try await withServices(environment: queue.merging(environment) { $1 }) { try await body($0, broker) }
    }
}

/// The headers of the first record of a topic with eight partitions.
func firstHeaders(in topic: String, _ names: [String], of broker: TestBroker) async throws -> [String: String] {
    let reader = try KafkaConsumer(
        broker.configuration,
        topic: topic,
        headers: names,
        group: "tests",
        logger: Logger(service: "tests", level: .error)
    )
    try await reader.assign(Dictionary(uniqueKeysWithValues: (0..<8).map { ($0, 0) }))
    var found: [KafkaHeader] = []
    try await eventually("a record of \(topic) can be read") {
        found = await reader.poll(upTo: .seconds(1), maximumBytes: 1 << 20).partitions.first?.headers.first ?? []
        return !found.isEmpty
    }
    await reader.close()
    return Dictionary(
        found.map { ($0.name, String(decoding: $0.value, as: UTF8.self)) },
        uniquingKeysWith: { first, _ in first }
    )
}

/// 2026-06-01T00:00:00Z plus some milliseconds, in the format of the API.
func moment(milliseconds: Int) -> String {
    let (seconds, fraction) = milliseconds.quotientAndRemainder(dividingBy: 1_000)
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let days = seconds / 86_400
    return "2026-06-\(two(days + 1))T\(two(seconds / 3_600 % 24)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
        + ".\(String(fraction + 1_000).dropFirst())"
}
