import Foundation
import GRPCTestSupport
import Geospatial
import Models
import Postgres
import Simulation
import TestSupport
import Testing

/// An event whose phones use all protocols at once.
@Suite(.timeLimit(.minutes(10))) struct DoorsTests {
    /// The simulated phones buffer fixes without a network, send them again, the latest first or twice, and have clocks that are
    /// months ahead or years behind.
    @Test func storesEachSentLocationExactlyOnce() async throws {
        try await withServices { services in
            let phonesOfADoor = 3
            let doors = Door.allCases
            let count = doors.count * phonesOfADoor
            let deliveries = try deliveries(of: count)
            var persons: [Int32] = []
            var devices: [String] = []
            for index in 0..<count {
                let person = try await services.createPerson("P\(index)")
                let path = "/api/persons/\(person)/devices"
                let json = #"{"id":"phone-\#(index)"}"#
                let answer = try await services.send("POST", path, to: services.person, json: json)
                devices.append(String(try #require(answer.body.firstMatch(of: /"token":"([^"]+)"/)).1))
                persons.append(person)
            }
            let phones = (0..<count).map { index in
                let door = doors[index % doors.count]
                let reports = deliveries[index].map { delivery in
                    let time = delivery.creationTime.microseconds + Self.clockErrors[index % Self.clockErrors.count]
                    return door.report(persons[index], at: delivery.coordinate, Timestamp(microseconds: time))
                }
                return Phone(door: door, device: "phone-\(index)", token: devices[index], reports: reports)
            }
            let port = try #require(services.producer.grpcPort)
            let client = try CoreClient(port: port)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for phone in phones { group.addTask { try await phone.sendAll(to: services.producer, client) } }
                try await group.waitForAll()
            }
            await client.close()

            let sent = Set(phones.flatMap(\.reports))
            #expect(Set(phones.map(\.door)).count == doors.count && phones.allSatisfy { $0.reports.count > 20 })
            #expect(phones.reduce(0) { $0 + $1.reports.count } > sent.count, "some locations are sent again")
            let database = PostgresClient(configuration: services.database)
            try await eventually("all sent locations are stored") {
                try await database.query("SELECT count(*) FROM location").single(Int.self) >= sent.count
            }
            let stored = try await stored(in: database)
            #expect(stored.count == sent.count, "once each")
            for door in doors {
                let here = Set(phones.filter { $0.door == door }.flatMap(\.reports))
                let missing = here.subtracting(stored)
                #expect(missing.isEmpty, "\(door): \(missing.count) of \(here.count)")
            }
            #expect(Set(stored).subtracting(sent).isEmpty)
            #expect(try await database.query("SELECT count(*) FROM dead_letter").single(Int.self) == 0)
            await database.close()
        }
    }

    /// Errors of the phones' clocks in microseconds.
    ///
    /// The event was in June 2025; some phones report 2023.
    private static let clockErrors: [Int64] = [0, -730 * 86_400_000_000, 90 * 86_400_000_000, 1_500_000, 0]

    /// The deliveries of each attendee, in order of arrival.
    private func deliveries(of count: Int) throws -> [[Delivery]] {
        var simulator = EventSimulator(SimulationConfiguration(attendees: count, duration: 3_600, seed: 11))
        var (all, meetings): ([Delivery], [Meeting]) = ([], [])
        while try simulator.step(deliveries: &all, meetings: &meetings) {}
        return (0..<count).map { index in all.filter { $0.attendee == index } }
    }

    private func stored(in database: PostgresClient) async throws -> [Door.Report] {
        try await database.query(
            """
            SELECT person_id, round(ST_Y(coordinate::geometry) * 1e7)::int, round(ST_X(coordinate::geometry) * 1e7)::int,
                creation_time
            FROM location
            """
        ).decode(Int32.self, Int32.self, Int32.self, PostgresTimestamp.self).map { person, latitude, longitude, time in
            Door.Report(
                person: person,
                latitude: DegreesE7(rawValue: latitude),
                longitude: DegreesE7(rawValue: longitude),
                time: Timestamp(microseconds: time.microsecondsSince1970)
            )
        }
    }
}

/// One of the phones, with all its reports in order.
private struct Phone: Sendable {
    let door: Door
    let device: String
    let token: String
    let reports: [Door.Report]

    /// Sends all reports, and repeats each batch until it is accepted.
    func sendAll(to producer: RunningService, _ client: CoreClient) async throws {
        let batches = stride(from: 0, to: reports.count, by: door.batchSize).map { start in
            Array(reports[start..<min(start + door.batchSize, reports.count)])
        }
        if door == .callStream { return try await stream(batches, client) }
        let base = try #require(URL(string: producer.address))
        let osmAndPort = try #require(producer.osmandPort)
        let osmAnd = try #require(URL(string: "http://127.0.0.1:\(osmAndPort)"))
        for batch in batches {
            try await eventually("a batch is accepted by \(door)") {
                if let call = door.call(batch) {
                    return try await client.unary(call.method, call.message).status.code == 0
                }
                guard let request = door.request(batch, device: device, token: token) else { return false }
                let answer = try await HTTPClient(base: request.isOsmAnd ? osmAnd : base, connections: 1).send(
                    request.method,
                    request.path,
                    contentType: request.contentType,
                    headers: request.headers,
                    body: request.method == "GET" ? nil : Array(request.body.utf8)
                )
                return answer.status == 200
            }
        }
    }

    /// Opens a stream for every few batches.
    ///
    /// Sometimes the phone loses its connection, and repeats its last reports.
    private func stream(_ batches: [[Door.Report]], _ client: CoreClient) async throws {
        for start in stride(from: 0, to: batches.count, by: 5) {
            let part = batches[max(start - 1, 0)..<min(start + 5, batches.count)]
            var position = 1
            guard let method = door.call([])?.method else { return }
            let call = try await client.call(method)
            for batch in part {
                guard let message = door.call(batch, position: position)?.message else { return }
                #expect(try await call.send(message))
                position += batch.count
            }
            try await call.halfClose()
            while try await call.receive() != nil {}
            #expect(await call.status().code == 0)
        }
    }
}
