import TestSupport
import Testing

/// Meetings from late, repeated and unordered locations, with real processes.
@Suite(.timeLimit(.minutes(10))) struct MeetingTests {
    private static let all = "/api/encounters?from=2026-06-01&to=2026-06-02"

    @Test func lateAndRepeatedLocationsReviseAMeeting() async throws {
        try await withServices { services in
            let (me, other) = (try await services.createPerson("Me"), try await services.createPerson("Other"))
            let path = "/api/persons/\(me)/encounters"
            #expect(try await services.send("GET", path, to: services.connection).body == "[]")

            // Two meetings 50 minutes apart. Then late, shuffled fixes join them.
            let ends = Array(stride(from: 3_600, through: 3_720, by: 30)) + stride(from: 6_600, through: 6_720, by: 30)
            try await post(of: [me, other], at: ends, to: services)
            try await eventually("there are two meetings") {
                try await services.send("GET", path, to: services.connection).body.matches(of: /"start"/).count == 2
            }
            try await post(of: [other, me], at: [5_100, 3_600, 4_400, 5_800, 3_630, 5_100], to: services)
            try await eventually("there is one meeting") {
                let body = try await services.send("GET", path, to: services.connection).body
                return body.matches(of: /"start"/).count == 1 && Self.durations(in: body).allSatisfy { $0 >= 3_120 }
            }
            let mine = try await services.send("GET", "\(path)?limit=1", to: services.connection).body
            #expect(mine.contains(#"[{"person":{"id":\#(other),"first_name":"Other""#))
            let people = try await services.send("GET", "/api/persons/\(me)/people", to: services.connection).body
            #expect(people.contains(#"[{"person":{"id":\#(other),"first_name":"Other""#))
            #expect(people.contains(#""encounters":1,"places":1,"#))

            let all = try await services.send("GET", Self.all, to: services.connection)
            #expect(all.status == 200)
            #expect(all.body.split(separator: "\n").count == 1)
            #expect(Self.durations(in: all.body) == Self.durations(in: mine))

            let evidence = try await services.send("GET", "\(path)/\(other)/evidence", to: services.connection)
            #expect(evidence.status == 200)
            #expect(evidence.body.contains(#""overlap_count":1,"overlaps":[{"text":"Both at one place from "#))

            #expect(try await services.send("DELETE", "/api/persons/\(other)", to: services.person).status == 204)
            #expect(try await services.send("GET", path, to: services.connection).body == "[]")
            #expect(try await services.send("GET", Self.all, to: services.connection).body.isEmpty)
        }
    }

    @Test func invalidLocationsMakeNoMeeting() async throws {
        try await withServices { services in
            let (me, other) = (try await services.createPerson("Me"), try await services.createPerson("Other"))
            // A faked location, and a jump of two fixes over 22 km to the current place of the other person.
            var lines: [String] = []
            for step in 0..<20 {
                lines.append(line(me, step * 30, 48, #","mock":true"#))
                lines.append(line(other, step * 30, 48))
                lines.append(line(me, 3_600 + step * 30, [7, 8].contains(step) ? 48.5 : 48.3))
                lines.append(line(other, 3_600 + step * 30, 48.5))
            }
            try await send(lines, to: services)
            let path = "/api/persons/\(me)/encounters"
            let evidence = "\(path)/\(other)/evidence"
            try await eventually("the ignored locations are reported") {
                let body = try await services.send("GET", evidence, to: services.connection).body
                return body.matches(of: /"reason":"mock"/).count == 20
                    && body.matches(of: /"reason":"impossible_speed"/).count == 2
            }
            #expect(try await services.send("GET", path, to: services.connection).body == "[]")
            #expect(try await services.send("GET", Self.all, to: services.connection).body.isEmpty)
        }
    }

    private static func durations(in body: String) -> [Double] {
        body.matches(of: /"duration":([\d.]+)/).compactMap { Double($0.1) }
    }

    private func post(of persons: [Int32], at seconds: [Int], to services: Services) async throws {
        try await send(seconds.flatMap { second in persons.map { line($0, second, 48) } }, to: services)
    }

    private func line(_ person: Int32, _ second: Int, _ latitude: Double, _ members: String = "") -> String {
        #"{"person_id":\#(person),"latitude":\#(latitude),"longitude":2,"accuracy":5,"creation_time":""#
            + moment(milliseconds: second * 1_000) + #""\#(members)}"#
    }

    private func send(_ lines: [String], to services: Services) async throws {
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
