import RESTTestSupport
import Testing

@testable import LocationProducer

/// Sends messages of apps over a socket to real servers.
@Suite(.timeLimit(.minutes(10))) struct PhoneFormsTests {
    @Test(arguments: PhoneForms.ownTracks)
    func acceptsOwnTracks(form: PhoneForm) async throws {
        let outcome = try #require(try await PhoneForm.send([form]).first)
        #expect(outcome.answer.status == form.status)
        #expect(outcome.answer.text == "[]")
        #expect(outcome.stored == form.stored)
    }

    @Test(arguments: PhoneForms.overland)
    func acceptsOverland(form: PhoneForm) async throws {
        let outcome = try #require(try await PhoneForm.send([form]).first)
        #expect(outcome.answer.status == form.status)
        #expect(outcome.answer["Content-Type"]?.contains("json") == true)
        #expect((outcome.answer.text == #"{"result":"ok"}"#) == (form.status == 200))
        #expect(outcome.stored == form.stored)
    }

    @Test(arguments: PhoneForms.traccar + PhoneForms.backgroundGeolocation + PhoneForms.typedByHand)
    func acceptsTraccarAndSimilarApps(form: PhoneForm) async throws {
        let outcome = try #require(try await PhoneForm.send([form]).first)
        #expect(outcome.answer.status == form.status)
        #expect(outcome.answer.body.isEmpty == (form.status == 200))
        #expect(outcome.stored == form.stored)
    }

    /// Traccar Client 10 sends no place while the device is still and has no fix.
    @Test func aHeartbeatWithoutAPlaceIsStoredAtTheLastFix() async throws {
        let outcomes = try await PhoneForm.send([
            .query("before any fix", "id=123456&timestamp=1777885100&batt=85", []),
            .query("fix", "id=123456&lat=1&lon=2&accuracy=8&timestamp=1777885200", []),
            .query("earlier fix, sent late", "id=123456&lat=3&lon=4&timestamp=1777885190", []),
            .query("heartbeat", "id=123456&timestamp=1777886100&batt=85", []),
            .query("of before the fix", "id=123456&timestamp=1777885195", []),
            .query("without a time", "id=123456&batt=85", []),
            .query("of another device", "id=48241179&timestamp=1777886100", []),
        ])
        #expect(outcomes.allSatisfy { $0.answer.status == 200 })
        #expect(
            outcomes.map(\.stored) == [
                [], ["2026-05-04T09:00:00 1 2 ±8"], ["2026-05-04T08:59:50 3 4"],
                ["2026-05-04T09:15:00 1 2 ±8 85.0% still"], [], [], [],
            ]
        )
    }

    private static let message = #"{"_type":"location","tst":1777885200,"lat":1,"lon":2,"tid":"JJ"}"#
    private static let littleEndian: [UInt8] = message.utf16.flatMap { unit -> [UInt8] in
        [UInt8(unit & 0xFF), UInt8(unit >> 8)]
    }
    private static let bigEndian: [UInt8] = message.utf16.flatMap { unit -> [UInt8] in
        [UInt8(unit >> 8), UInt8(unit & 0xFF)]
    }
    private static let encodings: [[UInt8]] = [
        [0xEF, 0xBB, 0xBF] + Array(message.utf8), [0xFF, 0xFE] + littleEndian, littleEndian, [0xFE, 0xFF] + bigEndian,
        bigEndian,
    ]

    @Test(arguments: encodings)
    func acceptsOtherEncodings(body: [UInt8]) async throws {
        for type in ["application/json", "text/plain; charset=utf-16"] {
            let form = PhoneForm(app: "", target: "/owntracks", headers: ["Content-Type: \(type)"], body: body)
            #expect(try await PhoneForm.send([form]).first?.stored == ["2026-05-04T09:00:00 1 2"])
        }
    }

    @Test(arguments: ["/owntracks", "/overland", "/osmand"])
    func acceptsJSONAsPlainText(path: String) async throws {
        let feature = #"{"geometry":{"coordinates":[2,1]},"properties":{"timestamp":"2026-05-04T09:00:00Z"}}"#
        let body = [
            "/owntracks": Self.message, "/overland": #"{"device_id":"jane","locations":[\#(feature)]}"#,
            "/osmand": #"{"id":"jane","lat":1,"lon":2,"timestamp":1777885200}"#,
        ]
        let bytes = Array((body[path] ?? "").utf8)
        for target in [path, path + "/", "/" + path] {
            let form = PhoneForm(app: "", target: target, headers: ["Content-Type: text/plain"], body: bytes)
            #expect(try await PhoneForm.send([form]).first?.stored == ["2026-05-04T09:00:00 1 2"])
        }
    }

    /// A point of interest with a photo, and a batch after a day without a network.
    @Test func acceptsLargeMessages() async throws {
        let photo = String(repeating: "A", count: 1 << 20)
        let location = #"{"_type":"location","tst":1777885200,"lat":1,"lon":2,"poi":"Stand","image":"\#(photo)"}"#
        let fixes = (0..<8_640).map { number in
            let coords = #""coords":{"latitude":1,"longitude":2,"accuracy":5,"speed":-1}"#
            let rest = #""activity":{"type":"still"},"battery":{"level":0.8},"uuid":"\#(number)""#
            return #"{"timestamp":\#(1_777_800_000 + 10 * number),\#(coords),\#(rest)}"#
        }
        let batch = #"{"device_id":"123456","location":[\#(fixes.joined(separator: ","))]}"#
        for (form, count) in [
            (PhoneForm.ownTracks("a photo", location, []), 1), (PhoneForm.post("a day", batch, []), 8_640),
        ] {
            let outcome = try #require(try await PhoneForm.send([form]).first)
            #expect(outcome.answer.status == 200)
            #expect(outcome.stored.count == count)
        }
    }

    /// Its parsed parameters would take many times their bytes.
    @Test func rejectsALargeForm() async throws {
        let form = "id=123456&lat=1&lon=2&timestamp=1777885200" + String(repeating: "&a=", count: 30_000)
        let outcome = try #require(try await PhoneForm.send([.post("", form, [])]).first)
        #expect(outcome.answer.status == 413)
        #expect(outcome.stored.isEmpty)
    }

    /// If a name has several values, the first one counts.
    @Test func usesTheFirstOfSeveralValues() async throws {
        let query = "id=123456&id=jane&lat=1&lat=7&lon=2&lon=8&timestamp=1777885200&timestamp=1777885260"
        #expect(try await PhoneForm.send([.query("", query, [])]).first?.stored == ["2026-05-04T09:00:00 1 2"])
    }

    @Test(arguments: ["GET", "POST"])
    func acceptsHTTP10(method: String) async throws {
        let form = PhoneForm(
            app: "",
            isOnOwnPort: true,
            method: method,
            target: "/?id=123456&lat=1&lon=2&timestamp=1777885200",
            version: "HTTP/1.0"
        )
        #expect(try await PhoneForm.send([form]).first?.stored == ["2026-05-04T09:00:00 1 2"])
    }

    @Test(arguments: ["/", "/?", "//?", "/osmand/?", "/index.php?", "/a/b/c?"])
    func everyPathOfThePortWorks(prefix: String) async throws {
        let target = prefix.hasSuffix("?") ? prefix + "id=123456&lat=1&lon=2&timestamp=1777885200" : prefix
        let form = PhoneForm(app: "", isOnOwnPort: true, method: "GET", target: target)
        let outcome = try #require(try await PhoneForm.send([form]).first)
        #expect(outcome.answer.status == (prefix == "/" ? 400 : 200))
        #expect(outcome.stored.count == (prefix == "/" ? 0 : 1))
    }

    /// A space that was not escaped ends the target, so the request is malformed, and the server closes the connection.
    @Test func rejectsARawSpace() async throws {
        let queue = InMemoryQueue()
        let phones = PhoneProtocols(queue, devices: registeredDevices())
        let form = PhoneForm(
            app: "",
            isOnOwnPort: true,
            method: "GET",
            target: "/?id=123456&lat=1&lon=2&timestamp=2026-05-04 09:00:00"
        )
        try await withServer(
            routes: { $0 = phones.osmandRouter },
            test: { server in
                let client = try RawClient(server)
                client.send(form.request)
                let answer = String(decoding: try await client.end(), as: UTF8.self)
                #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400"))
            }
        )
        #expect(queue.messages.isEmpty)
    }
}
