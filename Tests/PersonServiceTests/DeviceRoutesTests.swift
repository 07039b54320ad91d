import Credentials
import HTTPServer
import JSON
import Models
import Postgres
import QRCode
import RESTTestSupport
import Testing

@testable import PersonService

@Suite struct DeviceRoutesTests {
    private static let path = "/api/persons/1/devices"

    @Test func rejectsAnEleventhDevice() async throws {
        let api = try APIUnderTest(InMemoryPersons(["Jane"]), InMemoryDevices())
        for _ in 0..<10 { #expect(try await api.send(.post, "/api/persons/1/devices").status == 201) }
        let answer = try await api.send(.post, "/api/persons/1/devices")
        #expect(answer.status == 409)
        #expect(
            try answer.json["detail"]?.string
                == "A person has at most 10 devices: remove one before registering another."
        )
    }

    @Test func returnsATokenOnceAndStoresItsDigest() async throws {
        let devices = InMemoryDevices()
        let api = try APIUnderTest(InMemoryPersons(["Ada"]), devices)
        let answer = try await api.send(.post, Self.path, body: #"{"name": "Ada's phone"}"#)
        #expect(answer.status == 201)
        let id = try #require(try answer.json["id"]?.string)
        let token = try #require(try answer.json["token"]?.string)
        #expect(answer.headers["Location"] == "\(Self.path)/\(id)")
        #expect(devices.all.map(\.digest) == [DeviceToken(token).digest])
        let listed = try await api.send(.get, Self.path)
        #expect(
            listed.text
                == #"[{"id":"\#(id)","person_id":1,"number":1,"name":"Ada's phone","created_at":"1970-01-01T00:00:00"}]"#
        )
    }

    @Test func setsUpOwnTracks() async throws {
        let answer = try await Self.registered(#"{"id": "ada"}"#)
        let token = try #require(answer["token"]?.string)
        let setup = try #require(answer["owntracks"])
        let configuration = try #require(setup["configuration"])
        #expect(configuration["_type"]?.string == "configuration")
        #expect(configuration["mode"]?.number == 3)
        #expect(configuration["url"]?.string == "https://event.example/owntracks")
        #expect(configuration["auth"] == .boolean(true))
        #expect(configuration["username"]?.string == "ada")
        #expect(configuration["password"]?.string == token)
        #expect(configuration["tid"]?.string == "AE")
        // Move mode, with a fix every half minute on both systems.
        #expect(configuration["monitoring"]?.number == 2)
        #expect(configuration["locatorInterval"]?.number == 30)
        #expect(configuration["moveModeLocatorInterval"]?.number == 30)
        // The link and the file have the same content.
        let link = try #require(setup["url"]?.string)
        let inline = try #require(
            QueryParameters(parsing: link.drop { $0 != "?" }.dropFirst())["inline"].flatMap { Base64.decode($0.utf8) }
        )
        #expect(link.hasPrefix("owntracks:///config?inline="))
        #expect(try JSONValue(inline) == configuration)
        #expect(setup["file"]?["name"]?.string == "ada.otrc")
        let file = try #require(setup["file"]?["url"]?.string?.split(separator: ",").last)
        #expect(Base64.decode(file.utf8) == inline)
        try Self.expectCode(of: link, in: setup)
    }

    @Test func setsUpOverland() async throws {
        let answer = try await Self.registered(#"{"id": "a.b:c_d-e"}"#)
        let setup = try #require(answer["overland"])
        let link = try #require(setup["url"]?.string)
        #expect(link.hasPrefix("overland://setup?url=https%3A%2F%2Fevent.example%2Foverland&"))
        let query = try QueryParameters(parsing: link.drop { $0 != "?" }.dropFirst())
        #expect(query["token"] == answer["token"]?.string)
        #expect(query["device_id"] == "a.b:c_d-e")
        try Self.expectCode(of: link, in: setup)
    }

    @Test func setsUpTraccar() async throws {
        let answer = try await Self.registered(#"{"id": "a:b"}"#)
        let setup = try #require(answer["traccar"])
        let link = try #require(setup["url"]?.string)
        #expect(link.hasPrefix("http://event.example:30005/?id=a%3Ab&"))
        let query = try QueryParameters(parsing: link.drop { $0 != "?" }.dropFirst())
        #expect(query["interval"] == "30")
        #expect(query["heartbeat"] == "60")
        #expect(setup["server"]?.string == "http://event.example:30005")
        try Self.expectCode(of: link, in: setup)
    }

    @Test func setsUpGPSLoggerAndOsmAnd() async throws {
        let answer = try await Self.registered(#"{"id": "ada"}"#)
        let setup = try #require(answer["gpslogger"])
        let link = try #require(setup["url"]?.string)
        #expect(link.hasPrefix("http://event.example:30005/?id=ada&lat=%LAT&lon=%LON&timestamp=%TIMESTAMP&acc=%ACC&"))
        try Self.expectCode(of: link, in: setup)
        #expect(setup["file"]?["name"]?.string == "udaconnect.properties")
        let file = try #require(setup["file"]?["url"]?.string?.split(separator: ",").last)
        let profile = String(decoding: try #require(Base64.decode(file.utf8)), as: UTF8.self).split(separator: "\n")
        #expect(profile.contains("log_customurl_url=\(link)"))
        #expect(profile.contains("time_before_logging=30"))
        let osmand = try #require(answer["osmand"]?["url"]?.string)
        #expect(osmand.hasPrefix("http://event.example:30005/?id=ada&lat={0}&lon={1}&timestamp={2}&accuracy={3}"))
    }

    @Test(arguments: ["", "{}", #"{"id": null, "name": null}"#])
    func generatesAnID(body: String) async throws {
        let first = try await Self.registered(body)
        let second = try await Self.registered(body)
        #expect(first["id"]?.string?.count == 16)
        #expect(first["id"] != second["id"])
        #expect(first["name"]?.string?.isEmpty == true)
    }

    @Test func rejectsAUsedID() async throws {
        let api = try APIUnderTest(InMemoryPersons(["Ada", "Bo"]), InMemoryDevices(ofPersonsUpTo: 2))
        #expect(try await api.send(.post, Self.path, body: #"{"id": "x"}"#).status == 201)
        let answer = try await api.send(.post, "/api/persons/2/devices", body: #"{"id": "x"}"#)
        #expect(answer.status == 409)
        #expect(try answer.errors == ["/id": ["Expected an unused id."]])
    }

    @Test(arguments: [
        (#"{"id": "a b"}"#, "/id"), (#"{"id": ""}"#, "/id"), (#"{"id": "é"}"#, "/id"), (#"{"id": 7}"#, "/id"),
        (#"{"id": "\#(String(repeating: "x", count: 65))"}"#, "/id"), (#"{"name": [1]}"#, "/name"),
        (#"{"name": "\#(String(repeating: "x", count: 256))"}"#, "/name"), (#"{"colour": "red"}"#, "/colour"),
        ("[]", ""),
    ])
    func namesTheInvalidField(body: String, pointer: String) async throws {
        let devices = InMemoryDevices()
        let answer = try await APIUnderTest(InMemoryPersons(["Ada"]), devices).send(.post, Self.path, body: body)
        #expect(answer.status == 400)
        #expect(try Array(answer.errors.keys) == [pointer])
        #expect(devices.all.isEmpty)
    }

    @Test func removesDevicesOfTheirPersonOnly() async throws {
        let devices = InMemoryDevices(ofPersonsUpTo: 2)
        let api = try APIUnderTest(InMemoryPersons(["Ada", "Bo"]), devices)
        _ = try await api.send(.post, Self.path, body: #"{"id": "x"}"#)
        #expect(try await api.send(.delete, "/api/persons/2/devices/x").status == 404)
        #expect(devices.all.count == 1)
        #expect(try await api.send(.delete, "\(Self.path)/x").status == 204)
        #expect(devices.all.isEmpty)
        #expect(try await api.send(.delete, "\(Self.path)/x").status == 404)
        #expect(try await api.send(.delete, "\(Self.path)/a%20b").status == 400)
    }

    @Test func answersNotFoundForUnknownPersons() async throws {
        let api = try APIUnderTest(InMemoryPersons(["Ada"]))
        #expect(try await api.send(.get, "/api/persons/2/devices").status == 404)
        #expect(try await api.send(.post, "/api/persons/2/devices", body: "{}").status == 404)
    }

    @Test func answersUnavailableWithoutTheDatabase() async throws {
        let failure = PostgresError(.connectionFailed, "The server is unreachable.")
        let api = try APIUnderTest(InMemoryPersons(["Ada"]), InMemoryDevices(failure: failure))
        for (method, target) in [(HTTPMethod.get, Self.path), (.post, Self.path), (.delete, "\(Self.path)/x")] {
            #expect(try await api.send(method, target).status == 503)
        }
    }

    private static func registered(_ body: String) async throws -> JSONValue {
        try await APIUnderTest(InMemoryPersons(["Ada"])).send(.post, path, body: body).json
    }

    private static func expectCode(of link: String, in setup: JSONValue) throws {
        let image = try #require(setup["qr"]?.string?.split(separator: ",").last.flatMap { Base64.decode($0.utf8) })
        #expect(try image == #require(QRCode(link)).svg())
    }
}
