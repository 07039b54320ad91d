import GRPCServer
import HTTPServer
import LocationProtocol
import Models
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
        _ queue: InMemoryQueue = InMemoryQueue()
    ) async throws -> Answer {
        var headers = headers
        if headers["Content-Type"] == nil { headers["Content-Type"] = "application/json" }
        let devices = InMemoryDevices([("anna", "secret"), ("ben", "other")])
        return try await APIUnderTest(queue, devices: devices, isOpen: false)
            .send(.post, path, headers: headers, body: body)
    }

    @Test(arguments: ["Bearer secret", "Basic YW5uYTpzZWNyZXQ="])
    func takesLocationsOfTheDevicesPerson(credential: String) async throws {
        let queue = InMemoryQueue()
        let answer = try await send(Self.own, ["Authorization": credential], queue)
        #expect(answer.status == 200)
        #expect(queue.messages.count == 1)
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
}
