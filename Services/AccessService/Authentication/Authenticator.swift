import Access
import HTTPServer
import Models
import OpenIDConnect
import Persistence
import RESTAccess

/// Finds out who sends a request, by its API key, its access token or its session.
struct Authenticator: Sendable {
    /// Who sends a request.
    struct Sender: Sendable {
        /// The identity; ``Identity/anonymous`` without a credential.
        var identity = Identity.anonymous
        /// Whether the database has confirmed the credential at this moment; if not, only own data may be answered.
        var isConfirmed = true
        /// Whether the credential is a cookie, which browsers also send for pages of others.
        var hasCookie = false
        /// The account of the key's daily limit.
        var account: String?
        /// The daily limit of the key, in units.
        var dailyLimit: Int64?
    }

    let directory: CredentialDirectory
    let cookie: SessionCookie
    let attempts: AttemptLimit
    /// Checks access tokens; `nil` if none are accepted.
    var tokens: (any AccessTokenCheck)?

    /// The field in which readers of other persons' data give their purpose.
    static let purposeHeader: HeaderName = "Access-Purpose"

    /// How long a login gives a role, in microseconds.
    private static let lifetimes: [Role: Int64] = [.organiser: 8 * 3_600_000_000, .operator: 3_600_000_000]

    /// Finds the sender of a request.
    ///
    /// Mostly from memory; a credential that is not there costs a question to the database.
    ///
    /// - Parameters:
    ///   - request: a request of the client, or of a proxy with the client's fields.
    ///   - now: the current time.
    /// - Returns: the sender, anonymous without a credential.
    /// - Throws: ``InvalidCredential``, an error of the database, or `TokenFailure.unavailable`.
    func sender(of request: Request, now: Timestamp) async throws -> Sender {
        if let tokens, let token = BearerToken(request.headers) { return try await sender(of: request, token, tokens) }
        guard let credential = try credential(in: request.headers) else { return Sender() }
        let network = request.clientNetwork
        // A cookie of 256 random bits cannot be guessed, but browsers go on sending those of ended sessions: their network,
        // which may be that of a whole event, must not wait for that.
        let isLimited = if case .key = credential { true } else { false }
        guard !isLimited || !attempts.isReached(by: network) else { throw InvalidCredential.tooMany }
        guard let found = try await directory.holder(of: credential) else {
            if isLimited { attempts.count(network) }
            throw InvalidCredential.unknown
        }
        var sender = Sender(isConfirmed: found.isConfirmed)
        switch found.holder {
        case .key(let key):
            guard key.isValid(at: now) else { throw InvalidCredential.unknown }
            guard key.mayBeUsed(from: request.clientAddress) else { throw InvalidCredential.network }
            sender.identity = Identity(key)
            sender.account = "key:\(key.account.text)"
            sender.dailyLimit = key.details.dailyLimit
        case .session(let session):
            guard now < session.expiresAt else { throw InvalidCredential.unknown }
            sender.identity = Self.identity(of: session, now: now)
            sender.hasCookie = true
        }
        if let purpose = Self.purpose(in: request.headers) { sender.identity.purpose = purpose }
        return sender
    }

    /// The sender of a request with an access token.
    private func sender(
        of request: Request,
        _ token: BearerToken,
        _ tokens: any AccessTokenCheck
    ) async throws -> Sender {
        let network = request.clientNetwork
        guard !attempts.isReached(by: network) else { throw InvalidCredential.tooMany }
        let identity: Identity?
        do {
            identity = Identity(try await tokens.check(token.text))
        } catch TokenFailure.rejected {
            identity = nil
        }
        guard var identity else {
            attempts.count(network)
            throw InvalidCredential.unknown
        }
        identity.purpose = Self.purpose(in: request.headers)
        return Sender(identity: identity)
    }

    private func credential(in headers: HTTPHeaders) throws(InvalidCredential) -> Credential? {
        let fields = headers.values("Authorization")
        guard let field = fields.first else { return try cookie.digest(in: headers).map { .session($0) } }
        let parts = field.split(separator: " ", maxSplits: 1)
        guard fields.count == 1, parts.count == 2, parts[0].lowercased() == "bearer", let key = APIKeyText(parts[1])
        else { throw .malformed }
        return .key(key)
    }

    /// The identity of a session, with the roles that a login this long ago still gives.
    static func identity(of session: Session, now: Timestamp) -> Identity {
        let age = now.microseconds - session.authenticatedAt.microseconds
        let granted = session.roles.filter { age < lifetimes[$0.role] ?? 0 }
        var roles = Set(granted.map(\.role))
        if session.person != nil { roles.insert(.attendee) }
        var identity = Identity(subject: session.subject, roles: roles, person: session.person)
        let events = granted.filter { $0.role == .organiser }.map(\.event)
        // One role for all events outweighs those for single events.
        if !events.contains(nil) { identity.events = Set(events.compactMap { $0 }) }
        identity.session = "session:\(session.id.text)"
        identity.authenticatedAt = session.authenticatedAt
        if roles.contains(.operator), let access = session.emergency, access.state(at: now) == .approved {
            identity.hasEmergencyAccess = true
            // The reason counts as the purpose of requests that give none.
            identity.purpose = access.reason
        }
        return identity
    }

    /// The purpose of a request; `nil` unless it is 1 to 200 visible characters.
    private static func purpose(in headers: HTTPHeaders) -> String? {
        let fields = headers.values(purposeHeader)
        guard let purpose = fields.first, fields.count == 1,
            VisibleText.problem(of: purpose, characters: 1...200) == nil
        else { return nil }
        return purpose
    }
}
