import HTTPServer
import JSON
import Postgres
import RESTTestSupport
import Synchronization
import TestSupport
import Testing

/// The messages that an endpoint gets about locations, with real processes.
@Suite(.timeLimit(.minutes(10))) struct WebhookTests {
    /// Messages come when a meeting begins, when it is over, when late fixes change it, and when a person is erased, although the
    /// publisher and the sender are killed meanwhile.
    @Test func tellsAMeetingFromItsLocations() async throws {
        try await withServices { services in
            let inbox = Inbox()
            try await withServer { router in
                router.post("/hook") { try await inbox.take($0) }
            } test: { server in
                let settings = ["WEBHOOK_KEY": "a key of the tests", "WEBHOOK_ALLOW_PRIVATE": "yes"]
                let start = {
                    try await RunningService.start(.webhookSender, database: services.database, environment: settings)
                }
                let sender = try await start()
                let hook = "http://127.0.0.1:\(server.port)/hook"
                let created = try await services.send(
                    "POST",
                    "/api/webhooks",
                    to: sender,
                    json:
                        #"{"name": "Chain", "url": "\#(hook)", "types": ["meeting.started", "meeting.ended", "meeting.revised", "person.erased"]}"#
                )
                #expect(created.status == 201)

                let (me, other) = (try await services.createPerson("Me"), try await services.createPerson("Other"))
                try await agree([me, other], in: services.database)
                try await post([me, other], from: 3_600, through: 4_200, to: services)
                try await eventually("a message about the meeting comes") {
                    inbox.messages.contains { $0.type == "meeting.started" && $0.persons == [me, other].sorted() }
                }
                try await eventually("a message about its end comes") {
                    inbox.messages.contains { $0.type == "meeting.ended" }
                }
                let meeting = try #require(inbox.messages.first?.id)
                #expect(Set(inbox.messages.map(\.id)) == [meeting])

                await sender.kill9()
                await services.connection.kill9()
                try await post([me, other], from: 4_230, through: 4_800, to: services)
                let publisher = try await RunningService.start(.connectionService, database: services.database)
                let successor = try await start()
                try await eventually("a message about the revision comes") {
                    inbox.messages.contains {
                        $0.id == meeting && $0.type == "meeting.revised" && $0.end > "2026-06-01T01:19"
                    }
                }
                // All messages are about the same meeting.
                #expect(Set(inbox.messages.map(\.id)) == [meeting])

                let erased = try await services.send("DELETE", "/api/persons/\(other)", to: services.person).status
                #expect(erased == 204)
                try await eventually("a message about the erasure comes") {
                    inbox.messages.contains { $0.type == "person.erased" && $0.persons == [other] }
                }
                #expect(await successor.terminate() == 0)
                #expect(await publisher.terminate() == 0)
            }
        }
    }

    /// The consents of the owner; they count since long before the locations.
    private func agree(_ persons: [Int32], in database: PostgresConfiguration) async throws {
        let client = PostgresClient(configuration: database)
        let given = try await client.execute(
            """
            INSERT INTO consent (person_id, purpose, is_given, text_version, changed_at)
            SELECT p, u, true, 1, '2026-01-01' FROM unnest(\(persons)) AS p, unnest(\(["meet", "identify"])) AS u
            """
        )
        await client.close()
        #expect(given == 4)
    }

    private func post(_ persons: [Int32], from start: Int, through end: Int, to services: Services) async throws {
        let lines = stride(from: start, through: end, by: 30).flatMap { second in
            persons.map { person in
                #"{"person_id":\#(person),"latitude":48,"longitude":2,"accuracy":5,"creation_time":""#
                    + moment(milliseconds: second * 1_000) + #""}"#
            }
        }
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

/// An endpoint that accepts and keeps each message.
private final class Inbox: Sendable {
    struct Message: Sendable {
        let type: String
        let id: String
        let persons: [Int32]
        let end: String
    }

    private let received = Mutex<[Message]>([])

    var messages: [Message] { received.withLock { $0 } }

    func take(_ request: Request) async throws -> Response {
        let message = try JSONValue(try await request.body.collect(upTo: 1 << 16))
        let data = message["data"]
        let persons = data?["person_ids"]?.elements ?? [data?["person_id"]].compactMap { $0 }
        let new = Message(
            type: message["type"]?.string ?? "",
            id: data?["id"]?.string ?? "",
            persons: persons.compactMap { if case .number(let number) = $0 { Int32(exactly: number) } else { nil } },
            end: data?["end"]?.string ?? ""
        )
        received.withLock { $0.append(new) }
        return Response(status: HTTPStatus(code: 204))
    }
}
