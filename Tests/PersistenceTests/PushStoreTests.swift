import Credentials
import Models
import Postgres
import TestSupport
import Testing

@testable import Persistence

@Suite(.timeLimit(.minutes(10))) struct PushStoreTests {
    @Test func keepsTheLatestBrowsersOfAPerson() async throws {
        try await withBrowsers { _, store in
            let (one, two) = (try person(1), try person(2))
            for name in ["a", "b", "c", "d", "e", "f"] { #expect(try await store.add(name, of: one)) }
            let kept = try await store.subscriptions(of: one).map(\.id)
            #expect(kept.count == PushStore.maximumPerPerson && !kept.contains("a"))
            // The same browser, used by another person.
            #expect(try await store.add("f", id: "g", of: two))
            #expect(try await store.subscriptions(of: two).map(\.id) == ["g"])
            #expect(try await store.subscriptions(of: one).count == PushStore.maximumPerPerson - 1)
            #expect(try await !store.remove("g", of: one))
            #expect(try await store.remove("g", of: two))
            #expect(try await !store.add("h", of: person(9)))
        }
    }

    @Test func queuesAMessageForEachBrowserAndReplacesTheTopic() async throws {
        try await withBrowsers { client, store in
            #expect(try await client.queue(#"{"kind": "nudge", "person_id": 2}"#, for: 1) == 0)
            _ = try await store.add("a", of: person(1))
            _ = try await store.add("b", of: person(1))
            _ = try await store.add("c", of: person(2))
            #expect(try await client.queue(#"{"kind": "nudge", "person_id": 2, "about_metres": 30}"#, for: 1) == 2)
            #expect(try await client.queue(#"{"kind": "nudge", "person_id": 2, "about_metres": 20}"#, for: 1) == 2)
            #expect(try await client.queue(#"{"kind": "nudge", "person_id": 3}"#, for: 1, seconds: -1) == 0)
            let claimed = try await store.claim(limit: 10, for: 60_000_000)
            #expect(claimed.map(\.subscription).sorted() == ["a", "b"])
            #expect(claimed.allSatisfy { $0.topic == "nudge:2" && $0.payload.contains("20") && $0.attempt == 1 })
            #expect(try await store.claim(limit: 10, for: 60_000_000).isEmpty)
        }
    }

    @Test func recordsWhatBecomesOfAMessage() async throws {
        try await withBrowsers { client, store in
            _ = try await store.add("a", of: person(1))
            _ = try await client.queue("{}", for: 1)
            let first = try #require(try await store.claim(limit: 1, for: 0).first)
            let second = try #require(try await store.claim(limit: 1, for: 0).first)
            // The first claim has ended.
            try await store.record(.sent, of: first)
            try await store.record(.released, of: second)
            let third = try #require(try await store.claim(limit: 1, for: 60_000_000).first)
            #expect(third.id == first.id && third.attempt == 2)
            try await store.record(.retried(after: 0), of: third)
            #expect(try await store.backlog(upTo: 9) == 1)
            let last = try #require(try await store.claim(limit: 1, for: 60_000_000).first)
            #expect(last.attempt == 3)
            // A newer message of the topic is another one.
            _ = try await client.queue("{}", for: 1)
            try await store.record(.sent, of: last)
            let newer = try #require(try await store.claim(limit: 1, for: 60_000_000).first)
            try await store.record(.gone, of: newer)
            #expect(try await store.subscriptions(of: person(1)).isEmpty)
            #expect(try await client.messages() == 0)
        }
    }

    @Test func claimsNeitherExpiredMessagesNorThoseOfExcludedOrigins() async throws {
        try await withBrowsers { client, store in
            _ = try await store.add("a", of: person(1))
            _ = try await client.queue("{}", for: 1)
            let origin = ["https://push.example.org"]
            #expect(try await store.claim(limit: 1, for: 0, except: origin).isEmpty)
            #expect(try await store.claim(limit: 1, for: 0, among: ["https://other.example"]).isEmpty)
            #expect(try await store.claim(limit: 1, for: 0, among: origin).count == 1)
            try await client.execute("UPDATE push_message SET expires_at = now()")
            #expect(try await store.claim(limit: 1, for: 0).isEmpty)
            #expect(try await store.removeExpired() == 1)
        }
    }

    @Test func endsWithThePersonAndWithASessionThatIsEnded() async throws {
        try await withBrowsers { client, store in
            // The session of a subject with a role expires after half an hour.
            let sessions = [
                ("ended00a", "person:1", 0.0), ("expired0", "person:1", 3.0), ("expired1", "person:2", 1.0),
            ]
            try await client.execute(
                "INSERT INTO access_role (subject, role, granted_by) VALUES ('person:2', 'operator', 'tests')"
            )
            for (name, subject, idle) in sessions {
                try await client.execute(
                    """
                    INSERT INTO access_session (digest, id, subject, authenticated_at, used_at, expires_at)
                    VALUES (
                        \(TokenDigest(of: name).bytes), \(name), \(subject), now(),
                        now() - \(idle) * interval '1 hour', now() + interval '1 hour'
                    )
                    """
                )
                #expect(try await store.add(name, of: person(1), session: "session:\(name)"))
            }
            try await client.execute("DELETE FROM access_session")
            #expect(try await store.subscriptions(of: person(1)).map(\.id) == ["expired0", "expired1"])
            _ = try await store.add("c", of: person(2))
            _ = try await client.queue(#"{"kind": "nudge", "person_id": 1}"#, for: 2)
            _ = try await client.queue(#"{"kind": "nudge", "person_id": 3}"#, for: 2)
            #expect(try await client.messages() == 2)
            try await client.execute("SELECT erase_person(1)")
            #expect(try await store.subscriptions(of: person(1)).isEmpty)
            #expect(try await client.messages() == 1)
        }
    }

    @Test func refusesPayloadsThatFitNoMessage() async throws {
        try await withBrowsers { client, store in
            _ = try await store.add("a", of: person(1))
            let long = String(repeating: "x", count: 3_000)
            let error = await #expect(throws: PostgresError.self) {
                try await client.queue(#"{"name": "\#(long)"}"#, for: 1)
            }
            #expect(error?.sqlState == .checkViolation)
        }
    }

    private func withBrowsers(_ body: (PostgresClient, PushStore) async throws -> Void) async throws {
        try await withMigratedDatabase { client in
            try await PersonStore(client: client).createPersons(3)
            try await body(client, PushStore(client: client))
        }
    }
}

extension PushStore {
    /// Adds a browser whose endpoint has a name.
    func add(_ name: String, id: String? = nil, of person: PersonID, session: String? = nil) async throws -> Bool {
        try await add(
            PushSubscription(id: id ?? name, origin: "https://push.example.org", createdAt: .now()),
            digest: TokenDigest(of: name),
            sealed: Array(name.utf8),
            of: person,
            session: session
        )
    }
}

extension PostgresClient {
    /// Queues a message as connection-service does; returns how many browsers get it.
    @discardableResult
    fileprivate func queue(_ payload: String, for person: Int32, seconds: Int = 60) async throws -> Int32 {
        try await query(
            "SELECT queue_push(\(person), \(payload)::jsonb, now() + make_interval(secs => \(Double(seconds))))"
        ).single(Int32.self)
    }

    fileprivate func messages() async throws -> Int64 {
        try await query("SELECT count(*) FROM push_message").single(Int64.self)
    }
}
