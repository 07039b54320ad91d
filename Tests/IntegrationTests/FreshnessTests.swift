import Foundation
import Postgres
import TestSupport
import Testing

/// The index of a running connection-service: as fresh as the queue, whatever else fails.
@Suite(.timeLimit(.minutes(10))) struct FreshnessTests {
    @Test func answersIncludePostedLocationsBeforeTheyAreStored() async throws {
        try await withServices { services in
            let (me, other) = (try await services.createPerson("Me"), try await services.createPerson("Other"))
            await services.consumer.kill9()
            _ = try await services.post(person: me, milliseconds: 0)
            let path = "/api/persons/\(me)/connection?start_date=2026-06-01&end_date=2026-06-02&distance=5"
            let (producer, connection) = (try services.producer.client(), try services.connection.client())
            for index in 0..<200 {
                let line =
                    #"{"person_id": \#(other), "latitude": "48", "longitude": "2", "#
                    + #""creation_time": "\#(moment(milliseconds: 1_000 + index))"}"#
                let answer = try await producer.send(
                    "POST",
                    "/api/locations",
                    contentType: "application/json",
                    body: Array(line.utf8)
                )
                let id = try #require(String(decoding: answer.body, as: UTF8.self).firstMatch(of: /"id":(\d+)/)).1
                try await eventually("location \(id) is in the answers") {
                    let found = try await connection.send("GET", path)
                    return String(decoding: found.body, as: UTF8.self).contains(#""id":\#(id),"#)
                }
            }
            let client = PostgresClient(configuration: services.database)
            #expect(try await client.query("SELECT count(*) FROM location").single(Int.self) == 0)
            await client.close()
        }
    }

    @Test func aRestartedServiceKnowsStoredAndQueuedLocations() async throws {
        try await withServices { services in
            let (me, other) = (try await services.createPerson("Me"), try await services.createPerson("Other"))
            _ = try await services.post(person: me, milliseconds: 0)
            var ids: [Int64] = []
            for index in 1...5 { ids.append(try await services.post(person: other, milliseconds: index)) }
            let client = PostgresClient(configuration: services.database)
            try await eventually("they are stored") {
                try await client.query("SELECT count(*) FROM location").single(Int.self) == 6
            }
            await services.consumer.kill9()
            for index in 6...9 { ids.append(try await services.post(person: other, milliseconds: index)) }
            // A phone without an answer repeats its location.
            _ = try await services.post(person: other, milliseconds: 3)
            await services.connection.kill9()
            var connection = try await RunningService.start(.connectionService, database: services.database)
            #expect(try await services.connections(of: me, from: connection) == ids)
            // Ready means complete. Locations stored meanwhile appear once.
            let consumer = try await RunningService.start(.locationConsumer, database: services.database)
            try await eventually("all are stored") {
                try await client.query("SELECT count(*) FROM location").single(Int.self) == 10
            }
            #expect(try await services.connections(of: me, from: connection) == ids)
            await connection.kill9()
            connection = try await RunningService.start(.connectionService, database: services.database)
            #expect(try await services.connections(of: me, from: connection) == ids)
            #expect(await connection.terminate() == 0)
            #expect(await consumer.terminate() == 0)
            await client.close()
        }
    }

    @Test func waitsForItsDatabaseAndSurvivesAnOutage() async throws {
        try await withServices { services in
            let (me, other) = (try await services.createPerson("Me"), try await services.createPerson("Other"))
            var ids = [try await services.post(person: other, milliseconds: 1)]
            _ = try await services.post(person: me, milliseconds: 0)
            let proxy = try TCPProxy(to: services.database.port, isCut: true)
            defer { proxy.stop() }
            var away = services.database
            (away.host, away.port) = ("127.0.0.1", proxy.port)
            let connection = try await RunningService.start(
                .connectionService,
                database: away,
                environment: ["DB_ACQUIRE_TIMEOUT": "200ms"],
                untilReady: false
            )
            let client = try connection.client()
            let (path, trail) = (
                "/api/persons/\(me)/connection?start_date=2026-06-01&end_date=2026-06-02",
                "/api/persons/\(other)/locations"
            )
            #expect(try await client.send("GET", "/livez").status == 200)
            #expect(try await client.send("GET", "/readyz").status == 503)
            let refused = try await client.send("GET", path)
            #expect(refused.status == 503)
            #expect(refused.retryAfter != nil)

            proxy.heal()
            try await connection.waitUntilReady()
            #expect(try await services.connections(of: me, from: connection) == ids)

            proxy.cut()
            try await eventually("it is not ready") { try await client.send("GET", "/readyz").status == 503 }
            // Names need the database; locations do not.
            #expect(try await client.send("GET", path).status == 503)
            #expect(try await client.send("GET", trail).status == 200)
            #expect(try await client.send("GET", "/livez").status == 200)
            ids.append(try await services.post(person: other, milliseconds: 2))

            proxy.heal()
            try await connection.waitUntilReady()
            try await eventually("locations sent during the outage are in the answers") {
                try await services.connections(of: me, from: connection) == ids
            }
            #expect(await connection.terminate() == 0)
        }
    }

    @Test func answersForDaysBeforeTheWindowFromTheDatabase() async throws {
        try await withServices { services in
            let (me, other) = (try await services.createPerson("Me"), try await services.createPerson("Other"))
            var ids: [Int64] = []
            for step in 0..<6 {
                ids.append(try await services.post(person: other, milliseconds: 3_600_000 + step * 30_000))
                _ = try await services.post(person: me, milliseconds: 3_600_001 + step * 30_000)
            }
            // All locations are months old.
            let connection = try await RunningService.start(
                .connectionService,
                database: services.database,
                environment: ["INDEX_WINDOW": "2d"]
            )
            try await eventually("it is stored") {
                try await services.connections(of: me, from: connection).sorted() == ids.sorted()
            }
            let metrics = try await services.send("GET", "/metrics", to: connection).body
            #expect(metrics.contains("\nlocation_index_points 0\n"))
            let all = "/api/encounters?from=2026-06-01&to=2026-06-02"
            let meetings = try await services.send("GET", all, to: connection).body
            #expect(meetings.split(separator: "\n").count == 1)
            #expect(meetings == (try await services.send("GET", all, to: services.connection).body))
            #expect(await connection.terminate() == 0)
        }
    }
}

extension RunningService {
    fileprivate func client() throws -> HTTPClient {
        HTTPClient(base: try #require(URL(string: address)), connections: 1)
    }
}

extension Services {
    /// Sends a location at 48° N 2° E, the given milliseconds after the start of June.
    ///
    /// Returns its number.
    fileprivate func post(person: Int32, milliseconds: Int) async throws -> Int64 {
        let line =
            #"{"person_id": \#(person), "latitude": "48", "longitude": "2", "#
            + #""creation_time": "\#(moment(milliseconds: milliseconds))"}"#
        let answer = try await send("POST", "/api/locations", to: producer, json: line)
        #expect(answer.status == 200)
        return try #require(answer.body.firstMatch(of: /"id":(\d+)/).flatMap { Int64($0.1) })
    }

    /// The numbers of the locations that a person was close to in June, according to one of several services.
    fileprivate func connections(of person: Int32, from service: RunningService) async throws -> [Int64] {
        let path = "/api/persons/\(person)/connection?start_date=2026-06-01&end_date=2026-06-02"
        let answer = try await send("GET", path, to: service)
        #expect(answer.status == 200, "\(answer.body)")
        return answer.body.matches(of: /"location":\{"id":(\d+)/).compactMap { Int64($0.1) }.sorted()
    }
}
