import TestSupport
import Testing

/// Meetings of locations that come late, twice and in no order, with real processes.
@Suite(.timeLimit(.minutes(10))) struct MeetingTests {
    private static let everybodys = "/api/encounters?from=2026-06-01&to=2026-06-02"

    @Test func lateAndRepeatedLocationsReviseAMeeting() async throws {
        try await withServices { services in
            let (me, other) = (try await services.createPerson("Me"), try await services.createPerson("Other"))
            let path = "/api/persons/\(me)/encounters"
            #expect(try await services.send("GET", path, to: services.connection).body == "[]")

            // The ends of two meetings 8 minutes apart; then, late and shuffled, what makes one of them.
            try await post(of: [me, other], at: [0, 10, 490, 500], to: services)
            try await eventually("there are two meetings") {
                try await services.send("GET", path, to: services.connection).body.matches(of: /"start"/).count == 2
            }
            try await post(of: [other, me], at: [250, 10, 120, 380, 0, 250], to: services)
            try await eventually("there is one meeting") {
                try await services.send("GET", path, to: services.connection).body.contains(#""duration":500"#)
            }
            let mine = try await services.send("GET", "\(path)?limit=1", to: services.connection).body
            #expect(mine.matches(of: /"start"/).count == 1)
            #expect(mine.contains(#"[{"person":{"id":\#(other),"first_name":"Other""#))
            #expect(mine.contains(#""start":"2026-06-01T00:00:00","end":"2026-06-01T00:08:20","duration":500,"#))

            let all = try await services.send("GET", Self.everybodys, to: services.connection)
            #expect(all.status == 200)
            #expect(all.body.split(separator: "\n").count == 1)
            #expect(all.body.contains(#""start":"2026-06-01T00:00:00","end":"2026-06-01T00:08:20","duration":500,"#))

            let evidence = try await services.send("GET", "\(path)/\(other)/evidence?within=0", to: services.connection)
            #expect(evidence.status == 200)
            #expect(evidence.body.matches(of: /"verdict":"enters","encounter":0/).count == 7)

            #expect(try await services.send("DELETE", "/api/persons/\(other)", to: services.person).status == 204)
            #expect(try await services.send("GET", path, to: services.connection).body == "[]")
            #expect(try await services.send("GET", Self.everybodys, to: services.connection).body.isEmpty)
        }
    }

    @Test func doubtfulLocationsMakeNoMeetingUnlessTheyAreAskedFor() async throws {
        try await withServices { services in
            let (me, other) = (try await services.createPerson("Me"), try await services.createPerson("Other"))
            // A place that an app made up; and one 55 km away for a second.
            let lines = [
                (me, 0, 48.0, #","mock":true"#), (other, 0, 48.0, ""), (me, 600, 48.0, ""), (me, 601, 48.5, ""),
                (me, 602, 48.0, ""), (other, 601, 48.5, ""),
            ].map { person, second, latitude, member in
                #"{"person_id":\#(person),"latitude":\#(latitude),"longitude":2,"creation_time":""#
                    + moment(milliseconds: second * 1_000) + #""\#(member)}"#
            }
            let answer = try await services.send(
                "POST",
                "/api/locations/batch",
                to: services.producer,
                json: lines.joined(separator: "\n"),
                contentType: "application/x-ndjson"
            )
            #expect(answer.status == 200)
            let path = "/api/persons/\(me)/encounters"
            try await eventually("there are two meetings of doubtful locations") {
                let all = try await services.send("GET", "\(path)?doubtful=true", to: services.connection).body
                return all.matches(of: /"start"/).count == 2
            }
            #expect(try await services.send("GET", path, to: services.connection).body == "[]")
            #expect(try await services.send("GET", Self.everybodys, to: services.connection).body.isEmpty)
            let evidence = try await services.send("GET", "\(path)/\(other)/evidence", to: services.connection).body
            #expect(evidence.contains(#""verdict":"mock_location""#))
            #expect(evidence.contains(#""verdict":"impossible_speed""#))
        }
    }

    private func post(of persons: [Int32], at seconds: [Int], to services: Services) async throws {
        let lines = seconds.flatMap { second in
            persons.map { person in
                #"{"person_id":\#(person),"latitude":48,"longitude":2,"creation_time":""#
                    + moment(milliseconds: second * 1_000) + #""}"#
            }
        }
        let answer = try await services.send(
            "POST",
            "/api/locations/batch",
            to: services.producer,
            json: lines.joined(separator: "\n"),
            contentType: "application/x-ndjson"
        )
        #expect(answer.status == 200)
    }
}
