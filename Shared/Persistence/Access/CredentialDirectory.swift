package import Access
internal import Concurrency
package import Credentials
internal import Postgres
internal import Synchronization

/// What a client shows to prove who it is.
package enum Credential: Sendable {
    case key(APIKeyText)
    /// A session's cookie.
    case session(TokenDigest)

    /// The digest of the secret.
    package var digest: TokenDigest {
        switch self {
        case .key(let key): key.digest
        case .session(let digest): digest
        }
    }
}

/// Who holds a credential.
package enum CredentialHolder: Hashable, Sendable {
    case key(APIKey)
    case session(Session)
}

/// Looks up credentials.
package protocol CredentialRegistry: Sendable {
    /// The holder of a credential, whose use is recorded; `nil` if it does not count.
    func holder(of credential: Credential) async throws -> CredentialHolder?
}

/// Finds the holders of credentials, mostly in memory.
///
/// A holder counts as long as the database reports changes: a beat every few seconds shows that it does. While the database is
/// away, holders that were confirmed less than a minute ago are returned as unconfirmed.
package final class CredentialDirectory: Sendable {
    /// How many holders are kept; about 500 bytes each.
    package static let capacity = 100_000
    /// How many unknown credentials are kept, beside the others: guesses displace no holder.
    package static let unknownCapacity = 10_000
    /// How long a holder is kept before its use is recorded again, in nanoseconds.
    package static let lifetime: Int64 = 300_000_000_000
    /// How long after the last beat changes count as reported, in nanoseconds.
    package static let confirmation: Int64 = 15_000_000_000
    /// How long after the last beat unconfirmed holders are returned, in nanoseconds.
    package static let grace: Int64 = 60_000_000_000

    /// A holder, and whether changes are reported at this moment.
    package struct Found: Sendable {
        package let holder: CredentialHolder
        package let isConfirmed: Bool
    }

    private struct Entry {
        let holder: CredentialHolder
        let readAt: Int64
    }

    private struct State {
        var known: [TokenDigest: Entry] = [:]
        /// The digests of keys and sessions by their ids.
        var digests: [AccessChange: TokenDigest] = [:]
        var unknown: Set<TokenDigest> = []
        /// The number of received changes: an answer from before a change is not kept.
        var version = 0
        /// The time of the last sign of the database; `nil` before the first one.
        var heardAt: Int64?

        func wasHeard(since time: Int64) -> Bool { heardAt.map { $0 >= time } ?? false }

        mutating func keep(_ holder: CredentialHolder?, of digest: TokenDigest, at now: Int64) {
            guard let holder else {
                if let former = known.removeValue(forKey: digest) { digests[former.holder.change] = nil }
                if unknown.count >= CredentialDirectory.unknownCapacity { unknown.removeAll(keepingCapacity: true) }
                unknown.insert(digest)
                return
            }
            if known.count >= CredentialDirectory.capacity {
                known.removeAll(keepingCapacity: true)
                digests.removeAll(keepingCapacity: true)
            }
            known[digest] = Entry(holder: holder, readAt: now)
            digests[holder.change] = digest
        }

        mutating func forget(_ change: AccessChange) {
            version += 1
            // A new key may have been unknown before.
            unknown.removeAll(keepingCapacity: true)
            if let digest = digests.removeValue(forKey: change) { known[digest] = nil }
            guard case .role(let subject) = change else { return }
            for (digest, entry) in known {
                guard case .session(let session) = entry.holder, session.subject == subject else { continue }
                known[digest] = nil
                digests[.session(session.id)] = nil
            }
        }
    }

    private let registry: any CredentialRegistry
    private let now: @Sendable () -> Int64
    private let state = Mutex(State())

    /// Keeps nothing yet.
    ///
    /// - Parameters:
    ///   - registry: the database.
    ///   - now: a clock that is never set, in nanoseconds.
    package init(
        registry: any CredentialRegistry,
        now: @escaping @Sendable () -> Int64 = { MonotonicClock.now() }
    ) {
        self.registry = registry
        self.now = now
    }

    /// The holder of a credential; `nil` if it does not count.
    ///
    /// - Throws: an error of the database, if it is away and the holder was not confirmed in the last minute.
    package func holder(of credential: Credential) async throws -> Found? {
        let (digest, time) = (credential.digest, now())
        let (entry, isUnknown, version, isConfirmed, hasGrace) = state.withLock { state in
            (
                state.known[digest], state.unknown.contains(digest), state.version,
                state.wasHeard(since: time - Self.confirmation), state.wasHeard(since: time - Self.grace)
            )
        }
        if isConfirmed {
            if isUnknown { return nil }
            if let entry, entry.readAt >= time - Self.lifetime { return Found(holder: entry.holder, isConfirmed: true) }
        }
        do {
            let holder = try await registry.holder(of: credential)
            state.withLock { state in
                guard state.heardAt != nil, state.version == version else { return }
                state.keep(holder, of: digest, at: time)
            }
            return holder.map { Found(holder: $0, isConfirmed: true) }
        } catch let error as PostgresError where error.isUnavailability {
            guard let entry, hasGrace else { throw error }
            return Found(holder: entry.holder, isConfirmed: false)
        }
    }

    /// Whether the database reports changes at this moment.
    package var isListening: Bool {
        let time = now()
        return state.withLock { $0.wasHeard(since: time - Self.confirmation) }
    }

    /// Applies a change that the database reports.
    package func apply(_ change: Change<AccessChange>) {
        let time = now()
        state.withLock { state in
            state.heardAt = time
            switch change {
            case .changed(.beat): break
            case .changed(let change): state.forget(change)
            case .missed:
                state = State(version: state.version + 1, heardAt: time)
            }
        }
    }

    /// Evicts what this process has just changed, before the database reports it.
    package func forget(_ change: AccessChange) {
        state.withLock { $0.forget(change) }
    }

    /// Evicts everything, since changes are not reported.
    package func endListening() {
        state.withLock { $0 = State(version: $0.version + 1) }
    }
}

extension CredentialHolder {
    /// The change that evicts the holder.
    var change: AccessChange {
        switch self {
        case .key(let key): .key(key.id)
        case .session(let session): .session(session.id)
        }
    }
}

/// The credentials in the database.
package struct StoredCredentials: CredentialRegistry {
    let keys: APIKeyStore
    let sessions: SessionStore

    package init(keys: APIKeyStore, sessions: SessionStore) {
        self.keys = keys
        self.sessions = sessions
    }

    package func holder(of credential: Credential) async throws -> CredentialHolder? {
        switch credential {
        case .key(let key): try await keys.use(key.id, digest: key.digest).map { .key($0) }
        case .session(let digest): try await sessions.use(digest).map { .session($0) }
        }
    }
}
