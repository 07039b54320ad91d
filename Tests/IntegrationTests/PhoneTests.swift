import Foundation
import TestSupport
import Testing

/// Requests of real phone apps, against real services.
@Suite(.timeLimit(.minutes(10))) struct PhoneTests {
    /// One request of each protocol: accepted, stored, and in the answers.
    @Test func locationsOfEachProtocolReachTheAnswers() async throws {
        try await withServices { services in
            let person = try await services.createPerson("Jane")
            let phone = try await register(#"{"id": "jane"}"#, of: person, services)

            let ownTracks = try await post(
                "/owntracks",
                #"{"_type":"location","lat":48.856826,"lon":2.292713,"tst":1780300800,"acc":12,"vel":5,"batt":87}"#,
                headers: ["Authorization": "Basic \(Data("jane:\(phone.token)".utf8).base64EncodedString())"],
                port: services.producer.port
            )
            #expect(ownTracks.status == 200)
            #expect(ownTracks.body == "[]")

            let overland = try await post(
                "/overland",
                #"""
                {"locations":[{"type":"Feature","geometry":{"type":"Point","coordinates":[2.2928,48.8569]},
                "properties":{"timestamp":"2026-06-01T01:01:00-0700","horizontal_accuracy":30,"battery_level":0.5}}]}
                """#,
                headers: ["Authorization": "Bearer \(phone.token)"],
                port: services.producer.port
            )
            #expect(overland.status == 200)
            #expect(overland.body == #"{"result":"ok"}"#)

            let osmandPort = try #require(services.producer.osmandPort)
            let traccar = try await post(
                "/",
                #"""
                {"location":{"timestamp":"2026-06-01T08:02:00.000Z","coords":{"latitude":48.857,"longitude":2.293,
                "accuracy":5,"speed":1.5,"heading":-1},"battery":{"level":1}},"device_id":"jane"}
                """#,
                port: osmandPort
            )
            #expect(traccar.status == 200)
            #expect(traccar.body.isEmpty)
            let osmand = try await post(
                "/?id=jane&timestamp=1780300980&lat=48.8571&lon=2.2931&speed=10",
                "",
                port: osmandPort
            )
            #expect(osmand.status == 200)

            let path = "/api/persons/\(person)/locations"
            try await eventually("all four are in the answer") {
                let trail = try await services.send("GET", path, to: services.connection).body
                return ["08:00:00", "08:01:00", "08:02:00", "08:03:00"].allSatisfy {
                    trail.contains(#""creation_time":"2026-06-01T\#($0)""#)
                }
            }
            let trail = try await services.send("GET", path, to: services.connection).body
            let id = try #require(trail.firstMatch(of: /"id":(\d+)/)).1
            try await eventually("the phone's additional data is stored") {
                let stored = try await services.send("GET", "/api/locations/\(id)", to: services.connection)
                return stored.body.hasSuffix(#""accuracy":12,"speed":1.4,"battery":87,"device":1}"#)
            }
        }
    }

    /// OwnTracks repeats its last fix every 15 minutes while the phone lies on a table.
    @Test func storesPingsWithTheTimeOfSending() async throws {
        try await withServices { services in
            let person = try await services.createPerson("Jane")
            let phone = try await register("{}", of: person, services)
            let credentials = Data("\(phone.id):\(phone.token)".utf8).base64EncodedString()
            for number in 0..<9 {
                let sent = 1_780_300_800 + 900 * number
                let answer = try await post(
                    "/owntracks",
                    #"{"_type":"location","lat":48,"lon":2,"tst":1780300800,"created_at":\#(sent),"t":"p"}"#,
                    headers: ["Authorization": "Basic \(credentials)"],
                    port: services.producer.port
                )
                #expect(answer.status == 200)
            }
            let early = try await post(
                "/?id=\(phone.id)&lat=48&lon=2&timestamp=1",
                "",
                port: services.producer.osmandPort ?? 0
            )
            #expect(early.status == 400)
            // The messages are months late: they say nothing of the clock.
            try await eventually("the owner sees the phone and its last refusal") {
                let list = try await services.send("GET", "/api/persons/\(person)/devices", to: services.person).body
                return list.contains(#""last_seen":""#) && !list.contains(#""clock_offset":-"#)
                    && list.contains(#""reason":"clock_not_set""#)
            }
            try await eventually("a fix and eight heartbeats are stored") {
                let trail = try await services.send("GET", "/api/persons/\(person)/locations", to: services.connection)
                return trail.body.split(separator: #""id":"#).count == 10
                    && trail.body.split(separator: #""heartbeat":true"#).count == 9
            }
        }
    }

    /// Two phones on a table for two hours.
    ///
    /// Cy's phone leaves after half an hour, but keeps sending pings of the old place.
    @Test func pingsMakeAMeetingWhileTheirPlaceIsValid() async throws {
        try await withServices { services in
            var persons: [String: Int32] = [:]
            var credentials: [String: String] = [:]
            for name in ["Jane", "Bo", "Cy"] {
                let person = try await services.createPerson(name)
                let phone = try await register("{}", of: person, services)
                persons[name] = person
                credentials[name] = Data("\(phone.id):\(phone.token)".utf8).base64EncodedString()
            }
            func send(_ name: String, latitude: Double, at fix: Int, sent: Int) async throws {
                let place = #""lat":\#(latitude),"lon":2,"acc":8"#
                let times = #""tst":\#(1_780_300_800 + fix),"created_at":\#(1_780_300_800 + sent)"#
                let answer = try await post(
                    "/owntracks",
                    #"{"_type":"location",\#(place),\#(times),"t":"\#(sent > fix ? "p" : "u")"}"#,
                    headers: ["Authorization": "Basic \(credentials[name] ?? "")"],
                    port: services.producer.port
                )
                #expect(answer.status == 200)
            }
            for (name, offset) in [("Jane", 0), ("Bo", 40)] {
                for number in 0..<9 { try await send(name, latitude: 48, at: offset, sent: offset + 900 * number) }
            }
            for minute in 0..<30 { try await send("Cy", latitude: 48, at: 60 * minute, sent: 60 * minute) }
            for minute in 40..<80 { try await send("Cy", latitude: 48.01, at: 60 * minute, sent: 60 * minute) }
            for minute in [85, 100, 115] { try await send("Cy", latitude: 48, at: 60 * 29, sent: 60 * minute) }
            func durations(of name: String, with other: String) async throws -> [Double] {
                let path = "/api/persons/\(persons[name] ?? 0)/encounters"
                let body = try await services.send("GET", path, to: services.connection).body
                return body.split(separator: #""person":"#).dropFirst().compactMap { row in
                    guard row.contains(#""first_name":"\#(other)""#) else { return nil }
                    return row.firstMatch(of: /"duration":([\d.]+)/).flatMap { Double($0.1) }
                }
            }
            try await eventually("all are stored") {
                let path = "/api/persons/\(persons["Cy"] ?? 0)/locations"
                return try await services.send("GET", path, to: services.connection).body.split(separator: #""id":"#)
                    .count == 74
            }
            try await eventually("Jane and Bo have met for two hours, Cy for half an hour") {
                let (bo, cy) = (
                    try await durations(of: "Jane", with: "Bo"), try await durations(of: "Jane", with: "Cy")
                )
                return bo.reduce(0, +) >= 6_000 && cy.reduce(0, +) >= 1_500 && cy.reduce(0, +) <= 2_700
            }
        }
    }

    /// One phone in the pocket, beside Bo's, and one in a hotel 22 km away.
    ///
    /// Both report in the same seconds.
    @Test func storesBothPhonesOfAPersonAndFindsThePocketsMeeting() async throws {
        try await withServices { services in
            let (jane, bo) = (try await services.createPerson("Jane"), try await services.createPerson("Bo"))
            for (name, owner) in [("pocket", jane), ("hotel", jane), ("bo", bo)] {
                _ = try await register(#"{"id": "\#(name)"}"#, of: owner, services)
            }
            let osmandPort = try #require(services.producer.osmandPort)
            for step in 0..<30 {
                for (name, latitude) in [("pocket", 48), ("hotel", 48.2), ("bo", 48.000_01)] {
                    let time = 1_780_300_980 + 10 * step
                    let target = "/?id=\(name)&lat=\(latitude)&lon=2&timestamp=\(time)&accuracy=5"
                    // Each phone repeats its report, as if the answer were lost.
                    for _ in 0..<2 { #expect(try await post(target, "", port: osmandPort).status == 200) }
                }
            }
            let path = "/api/persons/\(jane)"
            try await eventually("60 are stored, of two devices") {
                let trail = try await services.send("GET", path + "/locations", to: services.connection).body
                return [1, 2].allSatisfy { trail.split(separator: #""device":\#($0)}"#).count == 31 }
            }
            try await eventually("they have met from the first to the last fix") {
                let meetings = try await services.send("GET", path + "/encounters", to: services.connection).body
                let durations = meetings.matches(of: /"duration":([\d.]+)/).compactMap { Double($0.1) }
                return durations.count == 1 && durations[0] >= 280
            }
        }
    }

    @Test func rejectsARemovedPhoneAtOnce() async throws {
        try await withServices { services in
            let person = try await services.createPerson("Jane")
            let osmandPort = try #require(services.producer.osmandPort)
            let target = "/?id=jane&lat=1&lon=2&timestamp=1780300980"
            #expect(try await post(target, "", port: osmandPort).status == 400)
            _ = try await register(#"{"id": "jane"}"#, of: person, services)
            try await eventually("the phone is accepted") { try await post(target, "", port: osmandPort).status == 200 }
            let removed = try await services.send("DELETE", "/api/persons/\(person)/devices/jane", to: services.person)
            #expect(removed.status == 204)
            try await eventually("the phone is rejected") { try await post(target, "", port: osmandPort).status == 400 }
            _ = try await register(#"{"id": "jane"}"#, of: person, services)
            try await eventually("it is accepted again") { try await post(target, "", port: osmandPort).status == 200 }
            let erased = try await services.send("DELETE", "/api/persons/\(person)", to: services.person)
            #expect(erased.status == 204)
            try await eventually("the phone of an erased person is rejected") {
                try await post(target, "", port: osmandPort).status == 400
            }
        }
    }

    /// Two persons meet.
    ///
    /// The producer is configured with the address of connection-service.
    @Test func phonesReceiveTheirOwnersMeetings() async throws {
        try await withServices { services in
            let (me, other) = (try await services.createPerson("Jane"), try await services.createPerson("Bo"))
            let phone = try await register(#"{"id": "jane"}"#, of: me, services)
            let environment = services.environment.merging(["CONNECTION_URL": services.connection.address]) { $1 }
            let producer = try await RunningService.start(
                .locationProducer,
                database: services.database,
                environment: environment
            )
            let now = Int(Date().timeIntervalSince1970)
            for step in 0..<20 {
                let (person, second) = (step % 2 == 0 ? me : other, now - 350 + step / 2 * 30)
                let time = Date(timeIntervalSince1970: Double(second)).ISO8601Format()
                let answer = try await services.send(
                    "POST",
                    "/api/locations",
                    to: producer,
                    json:
                        #"{"person_id":\#(person),"latitude":48,"longitude":2,"accuracy":5,"creation_time":"\#(time)"}"#
                )
                #expect(answer.status == 200)
            }
            try await eventually("they have met") {
                let path = "/api/persons/\(me)/encounters"
                return try await services.send("GET", path, to: services.connection).body.contains("Bo")
            }
            let ownTracks = try await post(
                "/owntracks",
                #"{"_type":"location","lat":48,"lon":2,"tst":\#(now)}"#,
                headers: ["Authorization": "Basic \(Data("jane:\(phone.token)".utf8).base64EncodedString())"],
                port: producer.port
            )
            #expect(ownTracks.status == 200)
            let friend = #"{"_type":"location","tid":"BL","topic":"owntracks/person/\#(other)","lat":48,"lon":2,"tst":"#
            let card = #"{"_type":"card","tid":"BL","topic":"owntracks/person/\#(other)","name":"Bo L"}"#
            #expect(ownTracks.body.hasPrefix("[\(friend)"))
            #expect(ownTracks.body.hasSuffix(",\(card)]"))
            let overland = try await post(
                "/overland",
                #"{"locations":[]}"#,
                headers: ["Authorization": "Bearer \(phone.token)"],
                port: producer.port
            )
            #expect(overland.body == #"{"result":"ok","geocode":{"full_name":"Met in the last hour: Bo L"}}"#)
            #expect(await producer.terminate() == 0)
        }
    }

    private func register(
        _ body: String,
        of person: Int32,
        _ services: Services
    ) async throws -> (id: String, token: String) {
        let path = "/api/persons/\(person)/devices"
        let answer = try await services.send("POST", path, to: services.person, json: body)
        #expect(answer.status == 201)
        let id = try #require(answer.body.firstMatch(of: /"id":"([^"]+)"/)).1
        let token = try #require(answer.body.firstMatch(of: /"token":"([^"]+)"/)).1
        return (String(id), String(token))
    }

    private func post(
        _ target: String,
        _ body: String,
        headers: [String: String] = [:],
        port: Int
    ) async throws -> (status: Int, body: String) {
        let client = HTTPClient(base: try #require(URL(string: "http://127.0.0.1:\(port)")), connections: 1)
        let answer = try await client.send("POST", target, headers: headers, body: Array(body.utf8))
        return (answer.status, String(decoding: answer.body, as: UTF8.self))
    }
}
