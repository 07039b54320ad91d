import Geospatial
import Models
import Observability
import Postgres
import TestSupport
import Testing

@testable import Persistence

/// Creates a database with the current schema.
func withMigratedDatabase(_ body: (PostgresClient) async throws -> Void) async throws {
    try await TestDatabase.withClient(.tables) { client in
        try await body(client)
    }
}

extension PostgresClient {
    /// Applies the first migrations as earlier releases did: the session's role owns the objects.
    func migrate(upTo last: Int32) async throws {
        try await execute(
            """
            CREATE TABLE schema_migration (
                number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()
            )
            """
        )
        for migration in Migration.all where migration.number <= last {
            try await withTransaction { connection in
                try await migration.apply(connection)
                try await connection.execute(
                    "INSERT INTO schema_migration (number, name) VALUES (\(migration.number), \(migration.name))"
                )
            }
        }
    }
}

let quiet = Logger(service: "tests", level: .error)

func person(_ number: Int32) throws -> PersonID {
    try #require(PersonID(rawValue: number))
}

func coordinate(_ latitude: Int32, _ longitude: Int32) throws -> Coordinate {
    try Coordinate(latitude: DegreesE7(rawValue: latitude), longitude: DegreesE7(rawValue: longitude))
}

/// A location by its offset in partition 0, its person, its second in 2026, its place, its accuracy in metres and its
/// device.
func location(
    _ offset: Int64,
    person number: Int32 = 1,
    second: Int64 = 0,
    at place: (latitude: Int32, longitude: Int32) = (480_000_000, 20_000_000),
    accuracy: Int? = nil,
    device: UInt8 = 0
) throws -> Location {
    Location(
        id: try #require(LocationID(partition: 0, offset: offset)),
        report: LocationReport(
            personID: try person(number),
            coordinate: try coordinate(place.latitude, place.longitude),
            creationTime: Timestamp(microseconds: start2026 + second * 1_000_000),
            accuracy: try accuracy.map { try #require(Accuracy(wholeMetres: $0)) },
            device: DeviceNumber(stored: device)
        )
    )
}

/// 2026-01-01T00:00:00Z.
let start2026: Int64 = 1_767_225_600_000_000

/// All times.
let always = TimeWindow(
    start: Timestamp(microseconds: -62_135_596_800_000_000),
    end: Timestamp.supported.upperBound
)

let deadLetterTrace = TraceContext()

/// A message of partition 0 with a location and some bytes.
func received(_ location: Location) -> ReceivedMessage {
    ReceivedMessage(
        .location(location),
        partition: 0,
        offset: location.id.place?.offset ?? 0,
        appendedAt: location.report.creationTime,
        schemaVersion: "7",
        trace: deadLetterTrace,
        storage: [0, 1, 2, 3, 4],
        range: 1..<4
    )
}

extension PersonStore {
    /// Creates persons, numbered from 1.
    func createPersons(_ count: Int) async throws {
        for index in 1...count {
            let created = try await create(
                PersonDetails(firstName: "First\(index)", lastName: "Last\(index)", companyName: "Company")
            )
            try #require(created.id.rawValue == Int32(index))
        }
    }
}

extension LocationSink {
    /// Stores locations of partition 0.
    func store(_ locations: [Location], from expected: Int64, to next: Int64) async throws -> SinkOutcome {
        _ = try await offsets(of: [0])
        return try await store(
            locations.map(received),
            advancing: [OffsetAdvance(partition: 0, expected: expected, next: next)]
        )
    }
}

extension LocationStore {
    /// The person's whole trail.
    func trail(of person: PersonID) async throws -> [Location] {
        let window = try #require(always)
        return try await trail(of: person, in: window, after: nil, limit: 1_000_000)
    }
}
