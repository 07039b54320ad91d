import Access
import GRPCServer
import HTTPServer
import LocationProtocol
import Models
import Postgres
import RESTTestSupport
import Testing

@testable import LocationProducer

/// Who may report whose locations, where a credential is needed.
@Suite struct LocationSenderTests {
    /// A location of person 1, who owns the phone `anna` with the token `secret`.
    private static let own = #"{"person_id": 1, "latitude": 1, "longitude": 2}"#
    private static let others = #"{"person_id": 2, "latitude": 1, "longitude": 2}"#

    private func send(
        _ body: String,
        to path: String = "/api/locations",
        _ headers: HTTPHeaders = [:],
        _ queue: InMemoryQueue = InMemoryQueue(),
        keys: InMemoryKeys = InMemoryKeys()
    ) async throws -> Answer {
        var headers = headers
        if headers["Content-Type"] == nil { headers["Content-Type"] = "application/json" }
        let devices = InMemoryDevices([("anna", "secret"), ("ben", "other")])
        return try await APIUnderTest(queue, devices: devices, keys: keys, isOpen: false)
            .send(.post, path, headers: headers, body: body)
    }

    @Test(arguments: ["Bearer secret", "Basic YW5uYTpzZWNyZXQ="])
    func takesLocationsOfTheDevicesPerson(credential: String) async throws {
        let queue = InMemoryQueue()
        let answer = try await send(Self.own, ["Authorization": credential], queue)
        #expect(answer.status == 200)
        #expect(queue.messages.map(\.report.device) == [DeviceNumber(stored: 1)])
        #expect(try answer.json["device"]?.number == 1)
    }

    /// `ben:secret`, `anna:` and `:secret` are among them.
    @Test(arguments: [
        nil, "Bearer wrong", "Bearer ", "Basic YmVuOnNlY3JldA==", "Basic YW5uYTo=", "Basic OnNlY3JldA==", "secret",
    ])
    func refusesRequestsWithoutAValidCredential(credential: String?) async throws {
        let queue = InMemoryQueue()
        var headers: HTTPHeaders = [:]
        if let credential { headers["Authorization"] = credential }
        #expect(try await send(Self.own, headers, queue).status == 401)
        #expect(try await send("[\(Self.own)]", to: "/api/locations/batch", headers, queue).status == 401)
        #expect(queue.messages.isEmpty)
    }

    @Test func refusesLocationsOfOthers() async throws {
        let queue = InMemoryQueue()
        let answer = try await send(Self.others, ["Authorization": "Bearer secret"], queue)
        #expect(answer.status == 403)
        #expect(try answer.errors["/person_id"] == ["This credential reports the locations of another person."])
        #expect(queue.messages.isEmpty)
    }

    @Test func takesOnlyItsOwnLocationsOfABatch() async throws {
        let queue = InMemoryQueue()
        let headers: HTTPHeaders = ["Authorization": "Bearer secret", "Content-Type": "application/x-ndjson"]
        let answer = try await send(
            "\(Self.others)\n\(Self.own)\n\(Self.others)",
            to: "/api/locations/batch",
            headers,
            queue
        )
        #expect(answer.status == 207)
        #expect(try answer.json["rejected"]?.number == 2)
        #expect(queue.messages.map(\.report.personID.rawValue) == [1])
    }

    @Test func takesLocationsOfEachPersonByAnAPIKey() async throws {
        let (queue, keys) = (InMemoryQueue(), InMemoryKeys())
        let headers: HTTPHeaders = ["Authorization": "Bearer \(keys.add().text)"]
        #expect(try await send(Self.own, headers, queue, keys: keys).status == 200)
        #expect(
            try await send("[\(Self.others)]", to: "/api/locations/batch", headers, queue, keys: keys).status == 200
        )
        #expect(queue.messages.map(\.report.personID.rawValue) == [1, 2])
        #expect(queue.messages.allSatisfy { $0.report.device == .none })
    }

    @Test func refusesKeysThatDoNotCount() async throws {
        let keys = InMemoryKeys()
        let revoked = keys.add()
        keys.remove(revoked.id)
        let cases = [
            (keys.add(scopes: ["persons.read"]), 403), (keys.add(networks: ["192.0.2.0/24"]), 401),
            (keys.add(expiresAt: noon), 401), (revoked, 401), (APIKeyText.random(), 401),
        ]
        for (key, status) in cases {
            let answer = try await send(Self.own, ["Authorization": "Bearer \(key.text)"], keys: keys)
            #expect(answer.status == status)
        }
        keys.fail(PostgresError(.connectionFailed, "The server is unreachable."))
        #expect(try await send(Self.own, ["Authorization": "Bearer \(keys.add().text)"], keys: keys).status == 503)
    }

    @Test func needsTheScopeOfItsDescription() throws {
        let table = try PermissionTable(openAPI: PackageResources.openapi_json)
        for path in ["/api/locations", "/api/locations/batch"] {
            #expect(table["POST", path]?.grants[.client]?.scope == LocationSenders.scope)
        }
    }
}
