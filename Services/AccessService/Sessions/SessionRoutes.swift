import Access
import Credentials
import HTTPServer
import JSON
import Models
import Persistence
import RESTAccess
import RESTContract

/// The routes of sessions and claims.
struct SessionRoutes: Sendable {
    let sessions: SessionStore
    let directory: CredentialDirectory
    let identities: IdentityStore
    let claims: ClaimStore
    let keys: APIKeyStore
    let cookie: SessionCookie
    let attempts: AttemptLimit
    let audit: AuditLog

    /// Adds the routes.
    func add(to router: inout Router) {
        router.get("/api/session", handler: read)
        router.post("/api/session", of: .json, handler: logIn)
        router.delete("/api/session", handler: logOut)
        router.post("/api/persons/{id}/claims", of: .json, handler: createClaim)
    }

    private static let maximumBody = 4 << 10

    /// Logs in by the code of a claim; each login makes a new session.
    private func logIn(_ request: Request) async throws -> Response {
        let network = request.clientNetwork
        guard !attempts.isReached(by: network) else { throw Problem.tooManyAttempts }
        let text = try ClaimBody.code(in: try await request.body.collect(upTo: Self.maximumBody))
        let token = SessionCookie.randomToken()
        guard let code = ClaimCode(text),
            let session = try await sessions.logIn(byClaim: code.digest, TokenDigest(of: token))
        else {
            attempts.count(network)
            throw Problem.unknownCode
        }
        try await connectIdentity(of: request, to: session)
        var entry = AuditEntry("login", request)
        (entry.subject, entry.session) = (session.subject, "session:\(session.id.text)")
        audit.note(entry)
        let identity = Authenticator.identity(of: session, now: .now())
        var response = Self.answer(identity, expiresAt: session.expiresAt)
        response.headers["Set-Cookie"] = cookie.field(token, seconds: SessionStore.lifetime)
        return response
    }

    /// Connects the identity that the browser is logged in with at an issuer, if it has no person yet.
    private func connectIdentity(of request: Request, to session: Session) async throws {
        guard let person = session.person, let digest = try? cookie.digest(in: request.headers),
            let former = try await sessions.use(digest), former.person == nil,
            former.subject.hasPrefix("identity:"), let id = CredentialID(former.subject.dropFirst("identity:".count)),
            try await identities.connect(id, to: person)
        else { return }
        audit.note(AuditEntry("identity connected: \(id.text)", request, person: person))
        _ = try await sessions.end(former.id)
    }

    private func read(_ request: Request) async throws -> Response {
        let identity = request.access.identity
        var expiry: Timestamp?
        switch identity.session.flatMap({ AccessChange($0) }) {
        case .session(let id): expiry = try await sessions.expiry(of: id)
        case .key(let id): expiry = try await keys.key(id)?.details.expiresAt
        default: break
        }
        return Self.answer(identity, expiresAt: expiry)
    }

    private func logOut(_ request: Request) async throws -> Response {
        let identity = request.access.identity
        let isEverywhere = try request.query.optional("everywhere", as: Bool.self) ?? false
        if isEverywhere {
            _ = try await sessions.endAll(of: identity.subject)
            directory.forget(.role(subject: identity.subject))
        } else if case .session(let id) = identity.session.flatMap({ AccessChange($0) }) {
            _ = try await sessions.end(id)
            directory.forget(.session(id))
        }
        audit.note(AuditEntry(isEverywhere ? "logout everywhere" : "logout", request))
        var response = Response.noContent
        response.headers["Set-Cookie"] = cookie.field("", seconds: 0)
        return response
    }

    /// Answers with the code, which no other answer has.
    private func createClaim(_ request: Request) async throws -> Response {
        let person = try request.parameter("id", as: PersonID.self)
        let kind = try ClaimBody.kind(in: try await request.body.collect(upTo: Self.maximumBody))
        try await audit.record(AuditEntry("claim created: \(kind.rawValue)", request, person: person))
        let code = ClaimCode.random()
        let subject = request.access.identity.subject
        switch try await claims.create(code.digest, for: person, kind, by: subject) {
        case .noSuchPerson: throw Problem.noSuchPerson
        case .tooMany:
            throw Problem(
                .conflict,
                "The person has \(ClaimStore.maximumPerPerson) open claims: wait until one expires or is used."
            )
        case .created(let expiry):
            return .json(status: .created) { writer in
                writer.object { writer in
                    writer.member("code", code.text)
                    writer.member("person_id", person.rawValue)
                    writer.member("kind", kind.rawValue)
                    writer.member("expires_at", expiry.description)
                }
            }
        }
    }

    private static func answer(_ identity: Identity, expiresAt: Timestamp?) -> Response {
        .json { writer in
            writer.object { writer in
                writer.member("subject", identity.subject)
                writer.array("roles", of: identity.roles.map(\.rawValue).sorted()) { $0.value($1) }
                if let person = identity.person { writer.member("person_id", person.rawValue) }
                writer.array("events", of: identity.events.sorted()) { $0.value($1.rawValue) }
                writer.array("scopes", of: identity.scopes.sorted()) { $0.value($1) }
                if let time = identity.authenticatedAt { writer.member("authenticated_at", time.description) }
                if let expiresAt { writer.member("expires_at", expiresAt.description) }
            }
        }
    }
}
