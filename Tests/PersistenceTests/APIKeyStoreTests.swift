import Access
import Models
import Persistence
import Postgres
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct APIKeyStoreTests {
    private func details(days: Int64 = 90) -> APIKey.Details {
        let now = Timestamp.now().microseconds
        var details = APIKey.Details(
            name: "Badge printer",
            expiresAt: Timestamp(microseconds: now + days * 86_400_000_000)
        )
        details.scopes = ["persons.read", "devices"]
        details.events = [.standard]
        details.networks = ["10.1.2.3/8", "2001:db8::/32"]
        details.dailyLimit = 10_000
        return details
    }

    @Test func findsAKeyByItsTextOnly() async throws {
        try await withAccess { client in
            let store = APIKeyStore(client: client)
            let text = APIKeyText.random()
            let created = try #require(try await store.create(text, details(), by: "cli"))
            #expect(created.details.networks == ["10.0.0.0/8", "2001:db8::/32"])
            #expect(created.details.scopes == ["persons.read", "devices"])
            #expect(created.details.events == [.standard])
            #expect(created.details.dailyLimit == 10_000)
            #expect(try await store.use(text.id, digest: text.digest)?.id == text.id)
            #expect(try await store.use(text.id, digest: APIKeyText.random().digest) == nil)
            let used = try #require(try await store.key(text.id)?.usedAt)
            #expect(used.microseconds % 3_600_000_000 == 0)
            #expect(try await store.keys(after: nil, limit: 10).map(\.id) == [text.id])
            #expect(try await store.keys(after: text.id, limit: 10).isEmpty)
        }
    }

    @Test func leavesARotatedKeyADay() async throws {
        try await withAccess { client in
            let store = APIKeyStore(client: client)
            let (old, new) = (APIKeyText.random(), APIKeyText.random())
            _ = try await store.create(old, details(), by: "cli")
            let expiry = details(days: 30).expiresAt
            let created = try #require(
                try await store.rotate(old.id, to: new, expiresAt: expiry, by: "key:\(old.id.text)")
            )
            #expect(created.details.name == "Badge printer")
            #expect(created.details.expiresAt == expiry)
            let left = try #require(try await store.key(old.id)?.details.expiresAt)
            #expect(left.microseconds - Timestamp.now().microseconds <= 86_400_000_000)
            #expect(try await store.use(old.id, digest: old.digest) != nil)
            #expect(try await store.use(new.id, digest: new.digest) != nil)
            #expect(try await store.revoke(old.id))
            #expect(try await store.revoke(old.id) == false)
            #expect(try await store.rotate(old.id, to: .random(), expiresAt: expiry, by: "cli") == nil)
        }
    }

    @Test func reportsChangesButNoUse() async throws {
        try await withAccess { client in
            let store = APIKeyStore(client: client)
            var changes = try AccessChange.changes(in: client).makeAsyncIterator()
            #expect(await changes.next() == .missed)
            let text = APIKeyText.random()
            _ = try await store.create(text, details(), by: "cli")
            #expect(await changes.next() == .changed(.key(text.id)))
            _ = try await store.use(text.id, digest: text.digest)
            try await AccessChange.sendBeat(in: client)
            #expect(await changes.next() == .changed(.beat))
            _ = try await store.revoke(text.id)
            #expect(await changes.next() == .changed(.key(text.id)))
        }
    }

    @Test func refusesKeysForMoreThanAYear() async throws {
        try await withAccess { client in
            await #expect(throws: PostgresError.self) {
                try await APIKeyStore(client: client).create(.random(), details(days: 367), by: "cli")
            }
        }
    }
}

/// A migrated database, with the rights of access-service.
func withAccess(_ body: (PostgresClient) async throws -> Void) async throws {
    try await withMigratedDatabase { owner in
        try await TestDatabase.withClient(of: owner.configuration, as: "uda_access") { client in try await body(client)
        }
    }
}
