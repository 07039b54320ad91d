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
        keys: InMemoryKeys = InMemoryKeys(),
        limits: KeyLimits = .unused
    ) async throws -> Answer {
        var headers = headers
        if headers["Content-Type"] == nil { headers["Content-Type"] = "application/json" }
        let devices = InMemoryDevices([("anna", "secret"), ("ben", "other")])
        return try await APIUnderTest(queue, devices: devices, keys: keys, limits: limits, isOpen: false)
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
        try await withKeyLimits { limits in
            #expect(try await send(Self.own, headers, queue, keys: keys, limits: limits).status == 200)
            let answer = try await send(
                "[\(Self.others)]",
                to: "/api/locations/batch",
                headers,
                queue,
                keys: keys,
                limits: limits
            )
            #expect(answer.status == 200)
        }
        #expect(queue.messages.map(\.report.personID.rawValue) == [1, 2])
        #expect(queue.messages.allSatisfy { $0.report.device == .none })
    }

    /// A location costs one unit; a batch is counted as a whole, or not at all.
    @Test func countsLocationsAgainstTheDailyLimitOfTheKey() async throws {
        let (queue, keys) = (InMemoryQueue(), InMemoryKeys())
        let key: HTTPHeaders = ["Authorization": "Bearer \(keys.add(dailyLimit: 3).text)"]
        var lines = key
        lines["Content-Type"] = "application/x-ndjson"
        try await withKeyLimits { limits in
            func send(_ body: String, _ headers: HTTPHeaders, to path: String = "/api/locations") async throws -> Answer
            {
                try await self.send(body, to: path, headers, queue, keys: keys, limits: limits)
            }
            let batch = "/api/locations/batch"
            #expect(try await send(Self.own, key).status == 200)
            let refused = try await send("[\(Self.own),\(Self.own),\(Self.own)]", key, to: batch)
            #expect(refused.status == 429)
            #expect(refused.headers["RateLimit-Policy"] == #""daily";q=3;w=86400"#)
            #expect(refused.headers["RateLimit"] == #""daily";r=2;t=50400"#)
            #expect(refused.headers["Retry-After"] == "50400")
            // Invalid locations cost nothing.
            #expect(try await send("\(Self.own)\n{}\n\(Self.own)\n", lines, to: batch).status == 207)
            #expect(try await send("\(Self.own)\n", lines, to: batch).status == 429)
            #expect(try await send(Self.own, key).status == 429)
            #expect(try await send(Self.own, ["Authorization": "Bearer secret"]).status == 200)
        }
        #expect(queue.messages.count == 4)
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
