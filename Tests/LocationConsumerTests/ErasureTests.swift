import Geospatial
import LocationProtocol
import Models
import Observability
import Persistence
import Postgres
import RESTTestSupport
import Synchronization
import TestSupport
import Testing

@testable import LocationConsumer
@testable import LocationQueue

/// After an erasure, the database contains none of the person's places, whatever was in transit.
@Suite(.timeLimit(.minutes(10))) struct ErasureTests {
    /// A latitude that no other person has.
    private static let canary: Int32 = 481_234_567
    /// Its bytes in messages, and its decimal digits.
    private static let traces = ["870eaf1c", "48.1234567"]

    @Test func erasesOnlyThePersonFromTheLog() async throws {
        try await withQueue { client, log, producer in
            let persons = try await client.makePersons(300)
            // The number 299 contains the bytes of 171, and some persons share its partition.
            var kept: Set<LocationMessage> = []
            for round in 0..<5 {
                let messages = try persons.map { try message(of: $0, second: round) }
                kept.formUnion(messages.filter { $0.report.personID != persons[170] })
                _ = try await producer.append(messages)
            }
            #expect(try await PersonStore(client: client).erase(persons[170]))
            let left = try await log.messages()
            #expect(Set(left.map { $0.message }) == kept)
            #expect(left.count == kept.count)
            #expect(try await log.ends().values.reduce(0, +) == 1_500)
        }
    }

    @Test(arguments: [1, 127, 128, 16_383, 16_384, 2_147_483_647] as [Int32])
    func findsPersonsOfAllNumbers(number: Int32) async throws {
        try await withQueue { client, log, producer in
            try await client.execute(
                "INSERT INTO person (id, first_name, last_name, company_name) VALUES (\(number), '', '', '')"
            )
            let person = try #require(PersonID(rawValue: number))
            let other = try #require(PersonID(rawValue: number == 1 ? 2 : number - 1))
            _ = try await producer.append([
                try message(of: other, second: 0), try message(of: person, second: 0),
                try message(of: other, second: 1),
            ])
            #expect(try await PersonStore(client: client).erase(person))
            #expect(try await log.messages().map { $0.message.report.personID } == [other, other])
        }
    }

    /// A line of the legacy system, replayed from the dead letters, and a truncated one.
    @Test func findsLinesAndMalformedMessages() async throws {
        try await withQueue { client, log, producer in
            let person = try await client.makePersons(1)[0]
            let line = Array(#"{"latitude": 48.1234567, "longitude": 2, "person_id": "1"}"#.utf8)
            let broken = Array(#" {"latitude": 48.1234567, "person_id" : 1, "longit"#.utf8)
            var record: [UInt8] = []
            try message(of: person, second: 0, latitude: Self.canary).encode(into: &record)
            try await producer.append(
                raw: [line, broken, Array(record.dropLast(3))].map { RawMessage(key: person, bytes: $0) }
            )
            #expect(
                try await client.tablesContaining(anyOf: Self.traces + [hexadecimal("48.1234567")]) == ["location_log"]
            )
            #expect(try await PersonStore(client: client).erase(person))
            #expect(try await client.tablesContaining(anyOf: Self.traces + [hexadecimal("48.1234567")]) == [])
            let sink = LocationSink(client: client)
            let partition = PostgresLog.partition(of: person, among: 8)
            let batches = try await log.read(from: [partition: 0], maximumBytes: 1 << 20)
            #expect(batches.map { $0.end } == [3])
            #expect(batches.flatMap { $0.messages }.isEmpty)
            #expect(try await sink.take(batches) == SinkOutcome())
        }
    }

    @Test func deadLettersMalformedMessagesWithTheirPerson() async throws {
        try await withQueue { client, log, producer in
            let person = try await client.makePersons(1)[0]
            let line = Array(#"{"person_id": 1, "latitude": 480, "longitude": 2}"#.utf8)
            try await producer.append(raw: [RawMessage(key: person, bytes: line)])
            let outcome = try await LocationSink(client: client).take(try await log.batches())
            #expect(outcome.deadLetters.map { $0.reason } == [.invalidLatitude])
            let letters = DeadLetterStore(client: client)
            #expect(try await letters.entries(reason: nil, after: 0, limit: 9).map { $0.personID } == [person])
            #expect(try await PersonStore(client: client).erase(person))
            #expect(try await letters.entries(reason: nil, after: 0, limit: 9).isEmpty)
        }
    }

    /// Messages of an erased person are neither stored nor kept, in whatever way they arrive.
    @Test func dropsAndErasesLateMessages() async throws {
        try await withQueue { client, log, producer in
            let persons = try await client.makePersons(2)
            #expect(try await PersonStore(client: client).erase(persons[0]))
            _ = try await producer.append([
                try message(of: persons[0], second: 0, latitude: Self.canary), try message(of: persons[1], second: 0),
            ])
            let line = Array(#"{"person_id": 1, "latitude": 480, "longitude": 48.1234567}"#.utf8)
            try await producer.append(raw: [RawMessage(key: persons[0], bytes: line)])
            let unknown = try #require(PersonID(rawValue: 77))
            _ = try await producer.append([try message(of: unknown, second: 0)])
            let outcome = try await LocationSink(client: client).take(try await log.batches())
            #expect((outcome.stored, outcome.erased) == (1, 2))
            #expect(outcome.deadLetters.map { $0.personID } == [unknown])
            #expect(try await client.tablesContaining(anyOf: Self.traces + [hexadecimal("48.1234567")]) == [])
            #expect(try await log.ends().values.reduce(0, +) == 4)
        }
    }

    /// Concurrent producers, consumer and erasures.
    @Test func erasesPersonsUnderLoad() async throws {
        try await withQueue { client, log, producer in
            let persons = try await client.makePersons(12)
            let erased = Set(persons.prefix(6))
            let ingestion = LocationIngestion(
                queue: PostgresLogConsumer(
                    log: log,
                    member: "consumer",
                    maximumBytes: 4_000,
                    logger: .silent,
                    storedOffsets: LocationSink(client: client).offsets(of:)
                ),
                sink: LocationSink(client: client),
                logger: .silent,
                metrics: MetricsRegistry()
            )
            let appended = Count()
            try await withThrowingTaskGroup { group in
                group.addTask { await ingestion.run() }
                try await withThrowingTaskGroup { work in
                    for sender in 0..<3 {
                        work.addTask {
                            for round in 0..<100 {
                                let messages = try persons.map {
                                    try message(
                                        of: $0,
                                        second: sender * 1_000 + round,
                                        latitude: erased.contains($0) ? Self.canary : 1
                                    )
                                }
                                _ = try await producer.append(messages)
                                appended.add(messages.count)
                            }
                        }
                    }
                    work.addTask {
                        for (index, person) in persons.prefix(6).enumerated() {
                            while appended.value < index * 500 { await Task.yield() }
                            let isErased = try await PersonStore(client: client).erase(person)
                            #expect(isErased)
                        }
                    }
                    try await work.waitForAll()
                }
                let ends = try await log.ends()
                try await eventually("all is stored") {
                    try await LocationSink(client: client).offsets(of: Array(0..<8)) == ends
                }
                await ingestion.stop()
                try await group.waitForAll()
            }
            #expect(try await client.tablesContaining(anyOf: Self.traces) == [])
            let stored = try await client.query("SELECT count(*) FROM location").single(Int.self)
            #expect(stored == 6 * 300)
            #expect(try await client.query("SELECT count(*) FROM dead_letter").single(Int.self) == 0)
        }
    }
}

private func message(of person: PersonID, second: Int, latitude: Int32 = 1) throws -> LocationMessage {
    let coordinate = try Coordinate(latitude: DegreesE7(rawValue: latitude), longitude: DegreesE7(rawValue: 2))
    let time = Timestamp(microseconds: noon.microseconds + Int64(second) * 1_000_000)
    return LocationMessage(
        report: LocationReport(personID: person, coordinate: coordinate, creationTime: time),
        receivedAt: nil
    )
}

/// A counter for concurrent tasks.
private final class Count: Sendable {
    private let number = Atomic(0)

    var value: Int { number.load(ordering: .relaxed) }

    func add(_ count: Int) {
        number.add(count, ordering: .relaxed)
    }
}

private func hexadecimal(_ text: String) -> String {
    text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// A database with its embedded queue, and a producer.
private func withQueue(_ body: (PostgresClient, PostgresLog, PostgresLogProducer) async throws -> Void) async throws {
    try await TestDatabase.withClient(.tables) { client in
        let log = PostgresLog(client: client)
        try await body(client, log, PostgresLogProducer(log: log))
    }
}

extension PostgresClient {
    /// Creates persons, numbered from 1.
    fileprivate func makePersons(_ count: Int) async throws -> [PersonID] {
        let store = PersonStore(client: self)
        var persons: [PersonID] = []
        for _ in 0..<count {
            persons.append(try await store.create(PersonDetails(firstName: "A", lastName: "B", companyName: "C")).id)
        }
        return persons
    }
}

extension PostgresLog {
    /// All batches in the log.
    fileprivate func batches() async throws -> [QueueBatch] {
        try await read(from: Dictionary(uniqueKeysWithValues: (0..<8).map { ($0, 0) }), maximumBytes: 64 << 20)
    }

    fileprivate func messages() async throws -> [DecodedLocation] {
        try await batches().flatMap { batch in try batch.messages.map { try $0.decoded() } }
    }
}

extension LocationSink {
    /// Stores batches as the ingestion does.
    fileprivate func take(_ batches: [QueueBatch]) async throws -> SinkOutcome {
        _ = try await offsets(of: batches.map { $0.partition })
        return try await store(
            ReceivedBatch(batches).messages,
            advancing: batches.map { OffsetAdvance(partition: $0.partition, expected: $0.start, next: $0.end) }
        )
    }
}
