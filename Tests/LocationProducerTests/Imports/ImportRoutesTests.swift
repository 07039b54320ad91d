import HTTPServer
import LocationProtocol
import LocationQueue
import Models
import RESTTestSupport
import Testing

@testable import LocationProducer

@Suite(.timeLimit(.minutes(10))) struct ImportRoutesTests {
    private static let path = "/api/persons/7/imports"
    private static let file = "time,lat,lon\n2026-05-03T09:00:00Z,1,2\nsoon,1,2\n"

    private static func key(_ key: String) -> HTTPHeaders { ["Idempotency-Key": key, "Content-Type": "text/csv"] }

    /// Over a socket, plain, as a gzip file and with a content coding.
    @Test(arguments: ImportSamples.all) func importsEachForm(sample: ImportSample) async throws {
        let folded = Gzip.fold(Array(sample.text.utf8))
        for (body, headers) in [
            (Array(sample.text.utf8), ["Content-Type: \(sample.type)"]), (folded, ["Content-Type: application/gzip"]),
            (folded, ["Content-Type: \(sample.type)", "Content-Encoding: gzip"]),
        ] {
            let queue = InMemoryQueue()
            let api = try ImportServer(queue)
            let answer = try await api.send(body, headers: headers)
            #expect(answer.status == 201)
            #expect(queue.messages.map(\.report.summary) == sample.stored)
            #expect(queue.messages.allSatisfy { $0.report.device == .imported && $0.report.personID.rawValue == 7 })
            let item = try #require(api.imports.noted.last)
            #expect(item.state == .done)
            #expect(item.format == sample.format)
            #expect(item.bytes == sample.text.utf8.count)
            #expect(item.accepted == sample.stored.count)
            #expect(item.rejected == sample.issues.count)
            #expect(item.skipped == sample.skipped)
        }
    }

    @Test func answersWithTheImport() async throws {
        let api = try APIUnderTest(InMemoryQueue())
        let answer = try await api.send(.post, Self.path, headers: Self.key("\"tour\""), body: Self.file)
        #expect(answer.status == 201)
        #expect(answer.headers["Location"] == "/api/persons/7/imports/tour")
        #expect(
            answer.text == #"{"id":"tour","state":"done","format":"csv","started_at":"2026-05-04T10:00:00","#
                + #""updated_at":"2026-05-04T10:00:00","bytes":47,"accepted":1,"rejected":1,"skipped":0,"errors":["#
                + #"{"element":3,"offset":38,"detail":"Expected a date with a time, such as 2026-05-04T10:00:00Z."}]}"#
        )
        let shown = try await api.send(.get, Self.path + "/tour")
        #expect(shown.text == answer.text)
        #expect(try await api.send(.get, Self.path).text == "[\(answer.text)]")
        #expect(try await api.send(.get, "/api/persons/8/imports").text == "[]")
        #expect(try await api.send(.get, "/api/persons/8/imports/tour").status == 404)
        #expect(try await api.send(.get, Self.path + "/a%20b").status == 400)
    }

    @Test func answersTheSameFileAgainWithoutImportingIt() async throws {
        let queue = InMemoryQueue()
        let api = try APIUnderTest(queue)
        let first = try await api.send(.post, Self.path, headers: Self.key("tour"), body: Self.file)
        let again = try await api.send(.post, Self.path, headers: Self.key("\"tour\""), body: Self.file)
        #expect(again.text == first.text)
        #expect(again.status == 201)
        #expect(queue.messages.count == 1)
        let other = try await api.send(.post, Self.path, headers: Self.key("tour"), body: Self.file + "\n")
        #expect(other.status == 422)
        // Without a key it is another import, of the same locations.
        let unnamed = try await api.send(.post, Self.path, headers: ["Content-Type": "text/csv"], body: Self.file)
        #expect(unnamed.status == 201)
        #expect(Set(queue.messages.map(\.report.identity)).count == 1)
    }

    @Test func refusesKeysThatCannotBeIDs() async throws {
        let api = try APIUnderTest(InMemoryQueue())
        for key in ["a b", "a:b", "..", String(repeating: "x", count: 65)] {
            let answer = try await api.send(.post, Self.path, headers: Self.key(key), body: Self.file)
            #expect(answer.status == 400)
            #expect(try answer.errors["Idempotency-Key"] != nil)
        }
        let answer = try await api.send(.post, Self.path + "?format=tcx", body: Self.file)
        #expect(try answer.errors["format"] == ["Expected one of gpx, kml, geojson, google, owntracks, csv."])
    }

    @Test func refusesUnknownAndErasedPersons() async throws {
        let unknown = try APIUnderTest(InMemoryQueue(), imports: InMemoryImports(unknown: [7]))
        #expect(try await unknown.send(.post, Self.path, body: Self.file).status == 404)
        #expect(try await unknown.send(.get, Self.path).status == 404)
        // The person is erased between the beginning and the first batch.
        let queue = InMemoryQueue()
        let erased = try APIUnderTest(queue, persons: InMemoryPersons(unknown: [7]))
        #expect(try await erased.send(.post, Self.path, body: Self.file).status == 404)
        #expect(queue.messages.isEmpty)
    }

    @Test func keepsLocationsBeforeTheDamage() async throws {
        let queue = InMemoryQueue()
        let api = try APIUnderTest(queue)
        let text = #"{"locations":[{"latitudeE7":1,"longitudeE7":2,"timestampMs":"1777798800000"},{"latitude"#
        let answer = try await api.send(.post, Self.path, headers: ["Idempotency-Key": "tour"], body: text)
        #expect(answer.status == 400)
        #expect(
            try answer.json["detail"]?.string == "The file is malformed JSON at byte 87: the text ends inside a value."
        )
        #expect(try answer.json["import"]?["accepted"]?.number == 1)
        #expect(queue.messages.count == 1)
        let shown = try await api.send(.get, Self.path + "/tour")
        #expect(try shown.json["state"]?.string == "failed")
        #expect(try shown.json["failure"]?.string == answer.json["detail"]?.string)
        // With the same key, the whole file begins again.
        let whole = text.dropLast(11) + "]}"
        let again = try await api.send(.post, Self.path, headers: ["Idempotency-Key": "tour"], body: String(whole))
        #expect(again.status == 201, "\(again.text)")
    }

    @Test func refusesEntitiesAndOtherFormats() async throws {
        let api = try APIUnderTest(InMemoryQueue())
        let laughs = #"<!DOCTYPE gpx [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">]><gpx><wpt lat="&b;"/></gpx>"#
        let answer = try await api.send(.post, Self.path, headers: [:], body: laughs)
        #expect(answer.status == 400)
        #expect(try answer.json["detail"]?.string?.hasSuffix("document types and entities are not accepted.") == true)
        #expect(try await api.send(.post, Self.path, headers: [:], body: "<html/>").status == 415)
    }

    @Test func boundsTheFile() async throws {
        let rows = String(repeating: "2026-05-03T09:00:00Z,1,2\n", count: 10_000)
        let body = "time,lat,lon\n" + rows
        for bytes in [Array(body.utf8), Gzip.fold(Array(body.utf8))] {
            let api = try APIUnderTest(InMemoryQueue(), importBounds: ImportBounds(bytes: 100_000))
            let answer = try await api.send(.post, Self.path, headers: [:], body: bytes)
            #expect(answer.status == 413)
            #expect(try answer.json["import"]?["state"]?.string == "failed")
        }
        let damaged = try await APIUnderTest(InMemoryQueue())
            .send(.post, Self.path, headers: [:], body: Array(Gzip.fold(Array(body.utf8)).dropLast(9)))
        #expect(damaged.status == 400)
    }

    @Test func boundsTheImportsAtOnce() throws {
        let slots = ImportSlots(capacity: 4)
        #expect(slots.take("a"))
        #expect(slots.take("a"))
        #expect(!slots.take("a"))
        #expect(slots.take("b"))
        #expect(slots.take("c"))
        #expect(!slots.take("d"))
        slots.giveBack("a")
        #expect(slots.take("d"))
        #expect(!slots.take("a"))
    }

    @Test func saysHowFarItCameIfTheQueueFails() async throws {
        let rows = (0..<25_000).map { "\(1_777_700_000 + $0),1,2" }
        let queue = InMemoryQueue(failure: LocationQueueError(.unavailable), after: 20_000)
        let api = try APIUnderTest(queue)
        let answer = try await api.send(
            .post,
            Self.path,
            headers: Self.key("tour"),
            body: "time,lat,lon\n" + rows.joined(separator: "\n")
        )
        #expect(answer.status == 503)
        #expect(answer.headers["Retry-After"] == "1")
        #expect(try answer.json["import"]?["accepted"]?.number == 20_000)
        #expect(queue.messages.count == 20_000)
    }

    @Test func countsAnImportWithoutProgressAsFailed() {
        let item = LocationImport(id: .random(), startedAt: noon)
        let minute = Timestamp(microseconds: noon.microseconds + LocationImport.patience)
        #expect(item.seen(at: minute).state == .running)
        let later = Timestamp(microseconds: minute.microseconds + 1)
        #expect(item.seen(at: later).state == .failed)
        #expect(item.seen(at: later).failure != nil)
    }
}

/// The routes of imports behind a real server.
private struct ImportServer {
    let imports = InMemoryImports()
    private let routes: ImportRoutes

    init(_ queue: InMemoryQueue) throws {
        routes = ImportRoutes(queue, imports)
    }

    func send(_ body: [UInt8], headers: [String]) async throws -> RawClient.Response {
        var answer: RawClient.Response?
        try await withServer(
            routes: { routes.add(to: &$0) },
            test: { server in
                let lines =
                    ["POST /api/persons/7/imports HTTP/1.1", "Host: test", "Content-Length: \(body.count)"] + headers
                let client = try RawClient(server)
                _ = try await client.sendAll(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body)
                answer = try await client.response()
            }
        )
        return try #require(answer)
    }
}
