import Credentials
import HTTPServer
import Models
import Persistence
import RESTTestSupport
import Testing

@testable import PersonService

/// Phones that their owners register by the codes of claims, and ids that do not identify a phone.
@Suite struct PhoneRoutesTests {
    private let owner: PersonID

    init() throws {
        owner = try #require(PersonID(rawValue: 1))
    }

    @Test func registersAPhoneOnceForEachCode() async throws {
        let devices = InMemoryDevices()
        let api = try APIUnderTest(InMemoryPersons(["Ada"]), devices)
        let code = devices.addClaim(of: owner).text
        let body = #"{"code": "\#(code.uppercased())", "name": "Ada's phone"}"#
        let answer = try await api.send(.post, "/api/phones", body: body)
        #expect(answer.status == 201)
        #expect(try answer.json["person_id"]?.number == 1)
        let token = try #require(try answer.json["token"]?.string)
        #expect(devices.all.map(\.digest) == [DeviceToken(token).digest])
        #expect(try await api.send(.post, "/api/phones", body: body).status == 422)
        #expect(devices.all.count == 1)
        let entry = try #require(devices.recorded.first)
        #expect(devices.recorded.count == 1)
        #expect(entry.operation == "claim used: phone" && entry.subject == "person:1" && entry.person == owner)
        #expect(entry.network != nil && entry.request != nil)
    }

    @Test func leavesTheCodeOpenIfNoPhoneIsRegistered() async throws {
        let devices = InMemoryDevices()
        let api = try APIUnderTest(InMemoryPersons(["Ada"]), devices)
        #expect(try await api.send(.post, "/api/persons/1/devices", body: #"{"id": "x"}"#).status == 201)
        let code = devices.addClaim(of: owner).text
        #expect(try await api.send(.post, "/api/phones", body: #"{"code": "\#(code)", "id": "x"}"#).status == 409)
        #expect(try await api.send(.post, "/api/phones", body: #"{"code": "\#(code)"}"#).status == 201)
    }

    @Test func makesNetworksThatGuessWait() async throws {
        let devices = InMemoryDevices()
        let api = try APIUnderTest(InMemoryPersons(["Ada"]), devices)
        for _ in 0..<10 {
            let body = #"{"code": "\#(ClaimCode.random().text)"}"#
            #expect(try await api.send(.post, "/api/phones", body: body).status == 422)
        }
        let answer = try await api.send(
            .post,
            "/api/phones",
            body: #"{"code": "\#(devices.addClaim(of: owner).text)"}"#
        )
        #expect(answer.status == 429)
        #expect(answer.headers["Retry-After"] == "60")
    }

    @Test(arguments: [("{}", "/code"), (#"{"code": 7}"#, "/code"), (#"{"token": "x", "code": "y"}"#, "/token")])
    func namesTheInvalidField(body: String, pointer: String) async throws {
        let answer = try await APIUnderTest(InMemoryPersons(["Ada"])).send(.post, "/api/phones", body: body)
        #expect(answer.status == 400)
        #expect(try Array(answer.errors.keys) == [pointer])
    }

    /// The id is listed, the token is not.
    @Test func setsUpAppsWithoutTokensByTheTokenIfTheIDIsNotEnough() async throws {
        let devices = InMemoryDevices()
        let api = try APIUnderTest(InMemoryPersons(["Ada"]), devices, isIDEnough: false)
        let answer = try await api.send(.post, "/api/persons/1/devices", body: #"{"id": "ada"}"#).json
        let token = try #require(answer["token"]?.string)
        #expect(token.utf8.count == DeviceToken.length)
        #expect(answer["traccar"]?["id"]?.string == token)
        for app in ["traccar", "gpslogger", "osmand"] {
            #expect(answer[app]?["url"]?.string?.hasPrefix("http://event.example:30005/?id=\(token)&") == true)
        }
        #expect(devices.all.map(\.isIDEnough) == [false])
        #expect(try await api.send(.get, "/api/persons/1/devices").text.contains(token) == false)
    }
}
