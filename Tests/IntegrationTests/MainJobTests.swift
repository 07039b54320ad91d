import Foundation
import LocationQueue
import Postgres
import TestSupport
import Testing

/// The main job of the suite, with real processes: locations in over REST, "whom did I meet?" out over REST.
@Suite(.timeLimit(.minutes(10))) struct MainJobTests {
    @Test func aPostedLocationIsInTheAnswersWithinASecond() async throws {
        try await withServices { services in
            let (me, other) = (try await services.createPerson("Me"), try await services.createPerson("Other"))
            let mine = try await services.send(
                "POST",
                "/api/locations",
                to: services.producer,
                json:
                    #"{"person_id": \#(me), "latitude": "48.0", "longitude": 2, "creation_time": "2026-06-01T00:00:00"}"#
            )
            #expect(mine.status == 200)
            var delays: [Duration] = []
            for index in 0..<100 {
                let began = ContinuousClock.now
                let answer = try await services.send(
                    "POST",
                    "/api/locations",
                    to: services.producer,
                    json: """
                        {"person_id": \(other), "latitude": "48.00001", "longitude": "2.0",
                        "creation_time": "\(moment(milliseconds: index * 1_000))"}
                        """
                )
                #expect(answer.status == 200)
                let id = try #require(answer.body.firstMatch(of: /"id":(\d+)/).flatMap { Int64($0.1) })
                try await eventually("location \(id) is in the answer") {
                    try await services.connections(of: me).contains(id)
                }
                delays.append(ContinuousClock.now - began)
            }
            delays.sort()
            print("post to visible: p50 \(delays[50]), p99 \(delays[98]), maximum \(delays[99])")
            // The goal is a second on an idle machine. On a busy one single requests wait for the processor, so the median
            // counts.
            #expect(delays[50] < .seconds(5))
        }
    }

    @Test func preservesAccuracies() async throws {
        try await withServices { services in
            let person = try await services.createPerson("Me")
            let batch = [#","accuracy":4.2"#, "", #","accuracy":null"#].enumerated().map { second, member in
                #"{"person_id":\#(person),"latitude":48,"longitude":2,"creation_time":"2026-06-01T00:00:0\#(second)"\#(member)}"#
            }
            let answer = try await services.send(
                "POST",
                "/api/locations/batch",
                to: services.producer,
                json: batch.joined(separator: "\n"),
                contentType: "application/x-ndjson"
            )
            #expect(answer.status == 200)
            let path = "/api/persons/\(person)/locations"
            try await eventually("the three are there") {
                try await services.send("GET", path, to: services.connection).body.matches(of: /"id"/).count == 3
            }
            let trail = try await services.send("GET", path, to: services.connection).body
            #expect(trail.contains(#""creation_time":"2026-06-01T00:00:00","accuracy":5},"#))
            #expect(trail.matches(of: /accuracy/).count == 1)
        }
    }

    @Test func preservesAdditionalDataOfPhones() async throws {
        try await withServices { services in
            let person = try await services.createPerson("Me")
            let told = #""altitude":35,"speed":1.5,"course":270,"battery":87,"mock":true}"#
            let answer = try await services.send(
                "POST",
                "/api/locations",
                to: services.producer,
                json: #"{"person_id":\#(person),"latitude":48,"longitude":2,\#(told)"#
            )
            #expect(answer.status == 200)
            let id = try #require(answer.body.firstMatch(of: /"id":(\d+)/).flatMap { Int64($0.1) })
            try await eventually("it is stored") {
                let stored = try await services.send("GET", "/api/locations/\(id)", to: services.connection)
                return stored.status == 200 && stored.body.hasSuffix(told)
            }
            let trail = try await services.send("GET", "/api/persons/\(person)/locations", to: services.connection)
            #expect(trail.body.contains(#","mock":true}]"#))
        }
    }

    @Test func erasedPersonsDisappear() async throws {
        try await withServices { services in
            let (me, other) = (try await services.createPerson("Me"), try await services.createPerson("Other"))
            for id in [me, other] {
                let line =
                    #"{"person_id": \#(id), "latitude": 48, "longitude": 2, "creation_time": "2026-06-01T00:00:00"}"#
                let answer = try await services.send("POST", "/api/locations", to: services.producer, json: line)
                #expect(answer.status == 200)
            }
            try await eventually("they have met") { try await services.connections(of: me).count == 1 }
            let client = PostgresClient(configuration: services.database)
            try await eventually("their locations are stored") {
                try await client.query("SELECT count(*) FROM location").single(Int.self) == 2
            }
            #expect(try await services.send("DELETE", "/api/persons/\(other)", to: services.person).status == 204)
            #expect(try await services.connections(of: me).isEmpty)
            #expect(
                try await services.send("GET", "/api/persons/\(other)/locations", to: services.connection).status == 404
            )
            #expect(try await client.tablesContaining(anyOf: ["\(other),2026-06-01"]) == [])
            // The number is never reused. The producer rejects later locations for it.
            let late =
                #"{"person_id": \#(other), "latitude": 48, "longitude": 2, "creation_time": "2026-06-01T00:00:01"}"#
            try await eventually("the producer knows of the erasure") {
                try await services.send("POST", "/api/locations", to: services.producer, json: late).status == 422
            }
            // Locations accepted earlier disappear, too.
            try await eventually("the queue is empty") {
                try await client.query(
                    """
                    SELECT count(*) FROM location_log WHERE location_log_partition_of(\(other)) = partition
                        AND position(location_message_beginning(\(other)) IN messages) > 0
                    """
                ).single(Int.self) == 0
            }
            #expect(try await client.query("SELECT count(*) FROM dead_letter").single(Int.self) == 0)
            await client.close()
        }
    }

    @Test func servicesWaitForTheirDatabase() async throws {
        try await TestDatabase.withDatabase(.extensions) { database in
            // The database is unreachable: the process lives, reports it, and accepts nothing.
            var nowhere = database
            nowhere.port = 1
            let service = try await RunningService.start(
                .locationProducer,
                database: nowhere,
                environment: ["DB_ACQUIRE_TIMEOUT": "200ms"],
                untilReady: false
            )
            let client = HTTPClient(base: try #require(URL(string: service.address)), connections: 1)
            #expect(try await client.send("GET", "/livez").status == 200)
            #expect(try await client.send("GET", "/readyz").status == 503)
            let line = Array(#"{"person_id": 1, "latitude": 48, "longitude": 2}"#.utf8)
            let refused = try await client.send("POST", "/api/locations", contentType: "application/json", body: line)
            #expect(refused.status == 503)
            #expect(refused.retryAfter != nil)
            #expect(await service.terminate() == 0)
        }
    }

    @Test func listsAndReplaysDeadLetters() async throws {
        try await withServices { services in
            let line = #"{"person_id": 1, "latitude": 48, "longitude": 2, "creation_time": "2026-06-01T00:00:00"}"#
            // location-producer would reject it.
            #expect(try await services.send("POST", "/api/locations", to: services.producer, json: line).status == 422)
            let client = PostgresClient(configuration: services.database)
            let queue = PostgresLogProducer(log: PostgresLog(client: client))
            try await queue.append(raw: [RawMessage(key: nil, bytes: Array(line.utf8))])
            try await eventually("the location is dead-lettered") {
                try await client.query("SELECT count(*) FROM dead_letter").single(Int.self) == 1
            }
            #expect(try await services.createPerson("Late") == 1)
            let listed = try RunningService.run(.locationConsumer, "dead-letters", "list", database: services.database)
            #expect(listed.contains(#""reason":"unknown_person""#))
            let replayed = try RunningService.run(
                .locationConsumer,
                "dead-letters",
                "replay",
                database: services.database
            )
            #expect(replayed.contains("1 dead letters were appended to the queue."))
            try await eventually("the location is stored") {
                try await client.query("SELECT count(*) FROM location").single(Int.self) == 1
            }
            #expect(try await client.query("SELECT count(*) FROM dead_letter").single(Int.self) == 0)
            await client.close()
        }
    }
}
