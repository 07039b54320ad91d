import Access
import Credentials
import Persistence
import Synchronization
import Testing

@testable import AccessService

@Suite struct CredentialDirectoryTests {
    @Test func asksTheDatabaseOnceForEachCredential() async throws {
        let credentials = InMemoryCredentials()
        let directory = CredentialDirectory(registry: credentials, now: { 0 })
        directory.apply(.missed)
        let (known, unknown) = (credentials.addKey(), APIKeyText.random())
        for _ in 0..<3 {
            #expect(try await directory.holder(of: .key(known)) != nil)
            #expect(try await directory.holder(of: .key(unknown)) == nil)
        }
        #expect(credentials.lookups == 2)
    }

    @Test func asksAgainAfterAChange() async throws {
        let credentials = InMemoryCredentials()
        let directory = CredentialDirectory(registry: credentials, now: { 0 })
        directory.apply(.missed)
        let key = credentials.addKey()
        #expect(try await directory.holder(of: .key(key)) != nil)
        credentials.remove(key.digest)
        directory.apply(.changed(.beat))
        #expect(try await directory.holder(of: .key(key)) != nil)
        directory.apply(.changed(.key(key.id)))
        #expect(try await directory.holder(of: .key(key)) == nil)
    }

    @Test func forgetsTheSessionsOfASubjectWhoseRolesChange() async throws {
        let credentials = InMemoryCredentials()
        let directory = CredentialDirectory(registry: credentials, now: { 0 })
        directory.apply(.missed)
        let digests = [credentials.addSession(person: 7), credentials.addSession(person: 8)].map {
            TokenDigest(of: $0)
        }
        for digest in digests { _ = try await directory.holder(of: .session(digest)) }
        directory.apply(.changed(.role(subject: "person:7")))
        for digest in digests { _ = try await directory.holder(of: .session(digest)) }
        #expect(credentials.lookups == 3)
    }

    @Test func keepsNothingWhileChangesAreNotReported() async throws {
        let time = Mutex<Int64>(0)
        let credentials = InMemoryCredentials()
        let directory = CredentialDirectory(registry: credentials, now: { time.withLock { $0 } })
        let key = credentials.addKey()
        for _ in 0..<2 { _ = try await directory.holder(of: .key(key)) }
        #expect(credentials.lookups == 2)
        directory.apply(.missed)
        for _ in 0..<2 { _ = try await directory.holder(of: .key(key)) }
        #expect(credentials.lookups == 3)
        time.withLock { $0 = CredentialDirectory.confirmation + 1 }
        for _ in 0..<2 { _ = try await directory.holder(of: .key(key)) }
        #expect(credentials.lookups == 5)
        directory.apply(.changed(.beat))
        for _ in 0..<2 { _ = try await directory.holder(of: .key(key)) }
        #expect(credentials.lookups == 5)
    }

    @Test func recordsTheUseEveryFiveMinutes() async throws {
        let time = Mutex<Int64>(0)
        let credentials = InMemoryCredentials()
        let directory = CredentialDirectory(registry: credentials, now: { time.withLock { $0 } })
        let key = credentials.addKey()
        for minute in 0..<12 as Range<Int64> {
            time.withLock { $0 = minute * 60_000_000_000 }
            directory.apply(minute == 0 ? .missed : .changed(.beat))
            #expect(try await directory.holder(of: .key(key))?.isConfirmed == true)
        }
        #expect(credentials.lookups == 2)
    }
}
