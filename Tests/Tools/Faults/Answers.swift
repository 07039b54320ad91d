import Foundation
import JSON
import Models
import Observability
import Persistence
import Postgres
import TestSupport

/// The answers of connection-service for some persons, without the numbers of locations, which depend on the queue.
struct Answers: Equatable {
    /// Each person's answers: the meetings, then the close locations.
    private let texts: [Int32: [String]]

    /// The number of meetings and close locations.
    var count: Int { texts.values.reduce(0) { $0 + $1.count } }

    /// Queries a running service.
    init(of persons: [Int32], from address: URL) async throws {
        let client = HTTPClient(base: address, connections: 2)
        var texts: [Int32: [String]] = [:]
        for person in persons {
            let meetings = try await Self.get("/api/persons/\(person)/encounters", client)
            let path = "/api/persons/\(person)/connection?start_date=2026-06-01&end_date=2026-07-31&distance=1"
            let close = try await Self.get(path, client)
            texts[person] = try [String(decoding: meetings, as: UTF8.self)] + Self.withoutNumbers(close)
        }
        self.texts = texts
    }

    /// The answers of a service whose database received each fix once and in order, without faults.
    static func clean(of persons: [Int32], _ fixes: [Fix], in suite: Suite, walks: Walks) async throws -> Answers {
        try await suite.withCleanDatabase { database in
            let client = PostgresClient(configuration: database)
            try await Migrator(client: client, logger: Logger(service: "faults", level: .error)).migrate()
            try await suite.create(persons: walks.persons, on: client)
            let sink = LocationSink(client: client)
            for start in stride(from: 0, to: fixes.count, by: 20_000) {
                let messages = try (start..<min(start + 20_000, fixes.count)).map { index in
                    let location = Location(
                        id: LocationID(stored: LocationID.leastQueued + Int64(index) * 64),
                        report: try walks.report(fixes[index])
                    )
                    return ReceivedMessage(
                        .location(location),
                        partition: 0,
                        offset: Int64(index),
                        appendedAt: location.report.creationTime,
                        storage: [],
                        range: 0..<0
                    )
                }
                _ = try await sink.store(messages, advancing: [])
            }
            await client.close()
            let service = try await RunningService.start(
                .connectionService,
                database: database,
                logs: URL(filePath: suite.logFolder)
            )
            guard let address = URL(string: service.address) else { throw FaultsError("It has no address.") }
            let answers = try await Answers(of: persons, from: address)
            await service.terminate()
            return answers
        }
    }

    /// Sends a request, and repeats it as long as the service answers with Retry-After; other cases keep the machine busy.
    private static func get(_ path: String, _ client: HTTPClient) async throws -> [UInt8] {
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            let answer = try await client.send("GET", path)
            if answer.status == 200 { return answer.body }
            guard answer.status == 503, let pause = answer.retryAfter, .now < deadline else {
                throw FaultsError("\(path) was answered \(answer.status).")
            }
            try await Task.sleep(for: pause)
        }
    }

    /// The rows of a connection answer in sorted order, without the numbers of locations.
    private static func withoutNumbers(_ body: [UInt8]) throws -> [String] {
        var rows: [String] = []
        var reader = JSONReader(body)
        try reader.beginArray()
        while try reader.nextElement() {
            var row: [String] = []
            try reader.beginObject()
            while let key = try reader.nextKey() {
                guard key == "location" else {
                    try reader.skipValue()
                    continue
                }
                try reader.beginObject()
                while let key = try reader.nextKey() {
                    let start = reader.position
                    try reader.skipValue()
                    guard key != "id" else { continue }
                    row.append(String(decoding: body[start..<reader.position], as: UTF8.self))
                }
            }
            rows.append(row.joined(separator: " "))
        }
        return rows.sorted()
    }
}
