import Access
import Models
import Persistence
import Testing

@testable import ConnectionService

@Suite struct StreamIdentitiesTests {
    private let identities = StreamIdentities()

    private func end(
        session: String?,
        subject: String = "person:7",
        role: Role = .attendee
    ) throws -> StreamIdentities.End {
        var identity = Identity(subject: subject, roles: [role])
        identity.session = session
        return try #require(identities.end(of: GrantedAccess(identity: identity, role: role)))
    }

    private func change(_ text: String) throws -> Change<AccessChange> {
        .changed(try #require(AccessChange(text)))
    }

    @Test(
        arguments: ["session:aaaaaaaa", "role:person:7"]
    )
    func endsTheStreamsOfAChange(text: String) async throws {
        let ended = try end(session: "session:aaaaaaaa")
        let other = try end(session: "session:bbbbbbbb", subject: "person:8")
        identities.apply(try change(text))
        try await ended.wait()
        await expectLasting(other)
    }

    @Test func endsTheStreamsOfAKey() async throws {
        let ended = try end(session: "key:cccccccc", subject: "key:cccccccc", role: .client)
        identities.apply(try change("key:cccccccc"))
        try await ended.wait()
    }

    @Test func ignoresBeats() async throws {
        let open = try end(session: "session:aaaaaaaa")
        identities.apply(try change("beat"))
        await expectLasting(open)
    }

    @Test func endsAllStreamsWhenChangesMayHaveBeenMissed() async throws {
        let ended = try end(session: "session:aaaaaaaa")
        identities.apply(.missed)
        try await ended.wait()
    }

    @Test func endsAllStreamsAfterAMinuteWithoutReports() async throws {
        let (open, start) = (try end(session: "session:aaaaaaaa"), ContinuousClock.now)
        identities.interrupted(at: start)
        identities.interrupted(at: start + .seconds(30))
        identities.endUnreported(at: start + .seconds(59))
        await expectLasting(open)
        identities.endUnreported(at: start + .seconds(60))
        try await open.wait()
    }

    @Test func letsStreamsLastThatNeedNoCredential() {
        #expect(identities.end(of: GrantedAccess(identity: .legacy, role: .legacy)) == nil)
    }

    @Test func forgetsStreamsThatHaveEnded() throws {
        var open: StreamIdentities.End? = try end(session: "session:aaaaaaaa")
        withExtendedLifetime(open) { #expect(identities.count == 1) }
        open = nil
        #expect(identities.count == 0)
    }

    /// Waiting ends only because it is cancelled.
    private func expectLasting(_ end: StreamIdentities.End) async {
        let waiting = Task { try await end.wait() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }
}
