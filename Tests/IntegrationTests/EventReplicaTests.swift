import Foundation
import TestSupport
import Testing

/// Two events at the same time in different places, each with a replica of connection-service of its own.
@Suite(.timeLimit(.minutes(5))) struct EventReplicaTests {
    /// A venue of 0.01° × 0.01° whose south-west corner is at a longitude.
    private struct Fair {
        let name: String
        let longitude: Double

        func square(_ size: Double) -> String {
            let (west, east) = (longitude, longitude + size)
            let corners = [(west, 45.0), (east, 45.0), (east, 45.0 + size), (west, 45.0 + size), (west, 45.0)]
            let text = corners.map { "[\($0.0),\($0.1)]" }.joined(separator: ",")
            return #"{"type":"Polygon","coordinates":[[\#(text)]]}"#
        }

        var event: String {
            #"{"name":"\#(name)","opening_hours":[{"opens":"2026-05-04T08:00:00Z","closes":"2026-05-04T18:00:00Z"}],"venue":\#(square(0.01))}"#
        }

        var plan: String {
            #"{"type":"FeatureCollection","features":[{"type":"Feature","geometry":\#(square(0.005)),"properties":{"code":"H","name":"Hall \#(name)","kind":"hall"}}]}"#
        }

        /// Ten minutes of two persons a metre apart in the hall.
        func locations(of persons: [Int32]) -> [String] {
            persons.enumerated().flatMap { index, person in
                (0..<60).map { step in
                    let time = "2026-05-04T10:\(Self.padded(step / 6)):\(Self.padded(step % 6 * 10))"
                    return
                        #"{"person_id":\#(person),"latitude":"45.0020","longitude":"\#(longitude + 0.002 + Double(index) * 0.00001)","#
                        + #""creation_time":"\#(time)","accuracy":3}"#
                }
            }
        }

        private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
    }

    @Test func replicasOfEventsAnswerLikeOneWithEverything() async throws {
        try await withServices { services in
            for name in ["Ada", "Bob", "Cid", "Dora"] { _ = try await services.createPerson(name) }
            let fairs = [Fair(name: "East", longitude: 20), Fair(name: "West", longitude: 2)]
            for (index, fair) in fairs.enumerated() {
                let created = try await services.send("POST", "/api/events", to: services.person, json: fair.event)
                #expect(created.status == 201, "\(created.body)")
                let planned = try await services.send(
                    "PUT",
                    "/api/events/\(index + 2)/plan",
                    to: services.person,
                    json: fair.plan
                )
                #expect(planned.status == 200, "\(planned.body)")
            }
            // The first half comes from the database, the other half from the queue.
            try await send(fairs[0].locations(of: [1, 2]), to: services)
            try await eventually("the locations are stored") {
                try await services.send("GET", "/api/persons/1/locations?limit=1", to: services.connection).body != "[]"
            }
            let east = try await replica(of: services, events: "2")
            let west = try await replica(of: services, events: "3")
            try await send(fairs[1].locations(of: [3, 4]), to: services)
            for (event, persons, replica) in [(2, [1, 2], east), (3, [3, 4], west)] {
                let paths =
                    persons.flatMap { person in
                        ["people?event=\(event)", "encounters?event=\(event)", "visits?event=\(event)", "locations"].map
                        { "/api/persons/\(person)/\($0)" }
                    } + [
                        "/api/events/\(event)/zones/\(event - 1)/visits",
                        "/api/events/\(event)/occupancy?day=2026-05-04",
                    ]
                for path in paths {
                    try await eventually("the same answer to \(path)") {
                        let whole = try await services.send("GET", path, to: services.connection)
                        let part = try await services.send("GET", path, to: replica)
                        let isFull = path.contains("occupancy") || whole.body.contains(#""id""#)
                        return whole.status == 200 && isFull && part == whole
                    }
                }
            }
            // Neither replica holds the other event's locations.
            for (person, replica) in [(3, east), (1, west)] {
                let trail = try await services.send("GET", "/api/persons/\(person)/locations", to: replica)
                #expect(trail == (200, "[]"))
                let held = try await services.send("GET", "/metrics", to: replica).body
                #expect(held.contains("location_index_points 120\n"), "\(held.prefix(3_000))")
            }
            for replica in [east, west] { #expect(await replica.terminate() == 0) }
        }
    }

    private func send(_ lines: [String], to services: Services) async throws {
        let answer = try await services.send(
            "POST",
            "/api/locations/batch",
            to: services.producer,
            json: lines.joined(separator: "\n"),
            contentType: "application/x-ndjson"
        )
        #expect(answer.status == 200, "\(answer.body)")
    }

    private func replica(of services: Services, events: String) async throws -> RunningService {
        try await RunningService.start(
            .connectionService,
            database: services.database,
            environment: services.environment.merging(["EVENTS": events]) { $1 }
        )
    }
}
