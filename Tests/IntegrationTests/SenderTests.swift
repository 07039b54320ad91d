import Access
import Foundation
import Models
import Persistence
import Postgres
import TestSupport
import Testing

/// Who may send locations, and of whom they are taken, with real services.
@Suite(.timeLimit(.minutes(10))) struct SenderTests {
    private static let location = #"{"person_id": 1, "latitude": 48, "longitude": 2}"#

    /// With ACCESS=enforce, a key is refused as soon as it is revoked, and nothing is taken without consent.
    @Test func followsKeysAndConsents() async throws {
        let keys = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data(String(repeating: "0f", count: 32).utf8).write(to: keys)
        defer { try? FileManager.default.removeItem(at: keys) }
        try await TestDatabase.withDatabase(.tables) { database in
            let producer = try await RunningService.start(
                .locationProducer,
                database: database,
                environment: ["ACCESS": "enforce", "ACCESS_KEY_FILE": keys.path()]
            )
            let client = PostgresClient(configuration: database)
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(try await follow(producer, client))
            } catch {
                outcome = .failure(error)
            }
            await client.close()
            #expect(await producer.terminate() == 0)
            try outcome.get()
        }
    }

    private func follow(_ producer: RunningService, _ client: PostgresClient) async throws {
        let person = try await PersonStore(client: client).create(
            PersonDetails(firstName: "Ada", lastName: "L", companyName: "C")
        ).id
        let text = APIKeyText.random()
        let expiry = Timestamp(microseconds: Timestamp.now().microseconds + 86_400_000_000)
        var details = APIKey.Details(name: "test", expiresAt: expiry)
        details.scopes = ["locations.write"]
        let store = APIKeyStore(client: client)
        _ = try #require(try await store.create(text, details, by: "test"))
        func status() async throws -> Int {
            try await send("POST", "/api/locations", Self.location, bearer: text.text, to: producer).status
        }
        /// The bytes of all messages, each with a byte for its length.
        func queued() async throws -> Int {
            try await client.query("SELECT coalesce(sum(octet_length(messages)), 0) FROM location_log").single(Int.self)
        }
        #expect(try await send("POST", "/api/locations", Self.location, to: producer).status == 401)
        #expect(try await status() == 200)
        #expect(try await queued() == 1)
        #expect(try await store.key(text.id)?.usedAt != nil)

        #expect(try await ConsentStore(client: client).change([.locate: true], of: person))
        try await eventually("the consent is known") {
            #expect(try await status() == 200)
            return try await queued() > 20
        }
        #expect(try await store.revoke(text.id))
        try await eventually("the key is refused") { try await status() == 401 }
    }

    /// Of a pause nothing is stored, and what is forgotten vanishes from the answers.
    @Test func takesNothingOfAPause() async throws {
        try await withServices { services in
            let person = try await services.createPerson("Ada")
            func send(_ latitude: Int) async throws -> Int {
                let body = #"{"person_id": \#(person), "latitude": \#(latitude), "longitude": 2}"#
                return try await services.send("POST", "/api/locations", to: services.producer, json: body).status
            }
            func pause(_ method: String, _ body: String? = nil) async throws -> Int {
                let path = "/api/persons/\(person)/pause"
                return try await services.send(method, path, to: services.person, json: body).status
            }
            func trail() async throws -> [String] {
                let path = "/api/persons/\(person)/locations"
                let answer = try await services.send("GET", path, to: services.connection)
                return answer.body.matches(of: /"latitude":"(\d+)"/).map { String($0.1) }
            }
            #expect(try await send(10) == 200)
            try await eventually("the first is in the answer") { try await trail() == ["10"] }
            #expect(try await pause("PUT", "{}") == 200)
            try await eventually("the pause is known") {
                #expect(try await send(15) == 200)
                let metrics = try await services.send("GET", "/metrics", to: services.producer).body
                return metrics.contains(/locations_withheld_total [1-9]/)
            }
            #expect(try await send(20) == 200)
            #expect(try await pause("DELETE") == 204)
            try await eventually("the end is known") {
                #expect(try await send(30) == 200)
                return try await trail().contains("30")
            }
            #expect(try await !trail().contains("20"))

            #expect(try await pause("PUT", #"{"minutes": 0, "past_minutes": 60}"#) == 200)
            try await eventually("the index has forgotten") { try await trail().isEmpty }
            let client = PostgresClient(configuration: services.database)
            #expect(try await client.query("SELECT count(*) FROM location").single(Int.self) == 0)
            await client.close()
        }
    }

    private func send(
        _ method: String,
        _ path: String,
        _ body: String,
        bearer: String? = nil,
        to service: RunningService
    ) async throws -> (status: Int, body: String) {
        let client = HTTPClient(base: try #require(URL(string: service.address)), connections: 1)
        var headers = ["Content-Type": "application/json"]
        if let bearer { headers["Authorization"] = "Bearer \(bearer)" }
        let answer = try await client.send(method, path, headers: headers, body: Array(body.utf8))
        return (answer.status, String(decoding: answer.body, as: UTF8.self))
    }
}
