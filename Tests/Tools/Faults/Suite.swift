import Foundation
import Kafka
import LocationQueue
import Models
import Observability
import Persistence
import Postgres
import Synchronization
import TestSupport

/// The processes of one case: the four services with a separate database and topic.
final class Suite: Sendable {
    /// The environment.
    let ground: Ground
    /// A client of the database, to inspect stored locations.
    let client: PostgresClient
    /// The service that creates the schema and owns the persons.
    let person: Part
    /// The service that accepts locations.
    let producer: Part
    /// The service that stores them.
    let consumer: Part
    /// The service that answers questions about them.
    let connection: Part

    /// The settings for the services' database, without a proxy.
    let database: PostgresConfiguration
    /// The topic and the cluster, if Kafka is the queue.
    let topic: KafkaLogConfiguration?
    private let logs: URL
    private let make: @Sendable (RunningService.Executable) throws -> Part
    private let further = Mutex<[Part]>([])

    /// Creates the database.
    ///
    /// Does not start services.
    ///
    /// - Parameters:
    ///   - name: a name that is unique in the run, of letters, digits and underscores.
    ///   - ground: the environment.
    /// - Throws: if the server is unreachable, or no port is free.
    init(_ name: String, on ground: Ground) async throws {
        self.ground = ground
        var database = ground.database
        database.database = name
        self.database = database
        logs = URL(filePath: ".build/faults/logs/\(name)")
        try? FileManager.default.removeItem(at: logs)
        try FileManager.default.createDirectory(at: logs, withIntermediateDirectories: true)
        try await Self.withAdministrator(of: ground) { administrator in
            try await administrator.execute("DROP DATABASE IF EXISTS \(identifier: name) WITH (FORCE)")
            try await administrator.execute("CREATE DATABASE \(identifier: name) TEMPLATE template0")
        }
        try TestDatabase.prepare(database)
        client = PostgresClient(configuration: database)
        topic = ground.broker.map {
            KafkaLogConfiguration(kafka: $0.configuration, topic: "udaconnect-faults-\(ground.run)-\(name)")
        }
        if let topic { try ground.broker?.prepare(topic: topic.topic) }
        let environment = Self.environment(topic)
        let make: @Sendable (RunningService.Executable) throws -> Part = {
            [database, logs] (executable: RunningService.Executable) in
            try Part(executable, database: database, environment: environment, logs: logs)
        }
        self.make = make
        person = try make(.personService)
        producer = try make(.locationProducer)
        consumer = try make(.locationConsumer)
        connection = try make(.connectionService)
    }

    /// All services, in the order of stopping.
    var parts: [Part] { [producer, connection, person, consumer] + further.withLock { $0 } }

    /// Another process of a service, not yet started.
    func another(_ executable: RunningService.Executable) throws -> Part {
        let part = try make(executable)
        further.withLock { $0.append(part) }
        return part
    }

    private static func environment(_ topic: KafkaLogConfiguration?) -> [String: String] {
        guard let topic else { return ["LOCATION_QUEUE": "postgres"] }
        return [
            "LOCATION_QUEUE": "kafka", "KAFKA_BROKERS": topic.kafka.brokers, "KAFKA_TOPIC": topic.topic,
            "KAFKA_GROUP": topic.topic,
        ]
    }

    /// Starts all services at once, like `kubectl apply`, and waits until they are ready.
    func start(persons: Int) async throws {
        try await withThrowingTaskGroup { group in
            for part in parts { group.addTask { try await part.start() } }
            try await group.waitForAll()
        }
        try await create(persons: persons, on: client)
    }

    /// Adds the persons 1 to `count`.
    func create(persons count: Int, on client: PostgresClient) async throws {
        try await client.execute(
            """
            INSERT INTO person (id, first_name, last_name, company_name)
            SELECT number, 'P' || number, 'L', 'C' FROM generate_series(1, \(Int32(count))) AS number
            """
        )
    }

    /// The log, to find the end of the queue.
    func log() throws -> any LocationQueueLog {
        guard let topic else { return PostgresLog(client: client) }
        return try KafkaLog(topic, logger: Logger(service: "faults", level: .error))
    }

    /// Appends raw messages to the queue without the producer.
    func append(raw messages: [RawMessage]) async throws {
        if let topic {
            let log = try KafkaLog(topic, logger: Logger(service: "faults", level: .error))
            let producer = try KafkaLogProducer(log: log)
            try await log.prepare()
            async let running: Void = producer.run()
            try await producer.append(raw: messages)
            producer.stop()
            try await running
        } else {
            try await PostgresLogProducer(log: PostgresLog(client: client)).append(raw: messages)
        }
    }

    /// Runs `body` with a clean database for comparison.
    func withCleanDatabase<Value>(_ body: (PostgresConfiguration) async throws -> Value) async throws -> Value {
        var clean = database
        clean.database += "_clean"
        let name = clean.database
        try await Self.withAdministrator(of: ground) { administrator in
            try await administrator.execute("DROP DATABASE IF EXISTS \(identifier: name) WITH (FORCE)")
            try await administrator.execute("CREATE DATABASE \(identifier: name) TEMPLATE template0")
        }
        try TestDatabase.prepare(clean)
        let value = try await body(clean)
        try await Self.withAdministrator(of: ground) { administrator in
            try await administrator.execute("DROP DATABASE \(identifier: name) WITH (FORCE)")
        }
        return value
    }

    /// Stops all services.
    ///
    /// - Throws: ``FaultsError`` if one of them fails to stop cleanly.
    func terminate() async throws {
        for part in parts { try await part.terminate() }
    }

    /// Ends running processes, and drops the database.
    ///
    /// The logs remain.
    func remove() async throws {
        for part in parts { await part.kill9() }
        await client.close()
        let name = database.database
        try await Self.withAdministrator(of: ground) { administrator in
            try await administrator.execute("DROP DATABASE IF EXISTS \(identifier: name) WITH (FORCE)")
        }
    }

    /// The folder of the services' logs.
    var logFolder: String { logs.path() }

    private static func withAdministrator(
        of ground: Ground,
        _ body: (PostgresClient) async throws -> Void
    ) async throws {
        let administrator = PostgresClient(configuration: ground.database)
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(administrator))
        } catch {
            outcome = .failure(error)
        }
        await administrator.close()
        try outcome.get()
    }
}
