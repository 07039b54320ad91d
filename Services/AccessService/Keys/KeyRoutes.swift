import Access
import HTTPServer
import JSON
import Models
import Persistence
import RESTAccess
import RESTContract

/// The routes of API keys.
struct KeyRoutes: Sendable {
    let keys: APIKeyStore
    /// The scopes that a key can have.
    let scopes: Set<String>
    let audit: AuditLog

    /// Adds the routes.
    func add(to router: inout Router) {
        router.get("/api/keys", handler: list)
        router.post("/api/keys", of: .json, handler: create)
        router.post("/api/keys/{id}/rotate", of: .json, handler: rotate)
        router.delete("/api/keys/{id}", handler: revoke)
    }

    private static let maximumBody = 64 << 10
    private static let pageSize = 1_000

    /// The keys that the identity may see: an organiser those of own events, an operator all, a client its own.
    private func list(_ request: Request) async throws -> Response {
        let after = try request.query.optional("after", as: CredentialID.self)
        let found = try await keys.keys(after: after, limit: Self.pageSize)
        let access = request.access
        var headers: HTTPHeaders = [:]
        if found.count == Self.pageSize, let last = found.last {
            headers["Link"] = "</api/keys?after=\(last.id.text)>; rel=\"next\""
        }
        return .json(headers: headers) { writer in
            writer.array(of: found.filter(access.maySee)) { writer, key in
                writer.object { key.writeMembers(to: &$0) }
            }
        }
    }

    /// Answers with the text, which no other answer has.
    private func create(_ request: Request) async throws -> Response {
        let bytes = try await request.body.collect(upTo: Self.maximumBody)
        let details = try APIKey.Details(json: bytes, scopes: scopes, events: request.access.identity.events)
        let text = APIKeyText.random()
        let event = details.events.count == 1 ? details.events.first : nil
        try await audit.record(AuditEntry("key created: \(text.id.text)", request, event: event))
        guard let key = try await keys.create(text, details, by: request.access.identity.subject) else {
            throw Problem(.conflict, "There are \(APIKeyStore.maximumKeys) keys: revoke one before.")
        }
        return Self.answer(text, key)
    }

    /// Answers with a second key; the first one counts for another day.
    private func rotate(_ request: Request) async throws -> Response {
        let key = try await key(of: request)
        let days = try APIKey.Details.days(json: try await request.body.collect(upTo: Self.maximumBody))
        let text = APIKeyText.random()
        try await audit.record(AuditEntry("key rotated: \(key.id.text) to \(text.id.text)", request))
        let expiry = APIKey.Details.expiry(afterDays: days)
        guard let new = try await keys.rotate(key.id, to: text, expiresAt: expiry, by: request.access.identity.subject)
        else { throw Problem(.conflict, "The key does not count any more, or there are too many keys.") }
        return Self.answer(text, new)
    }

    private func revoke(_ request: Request) async throws -> Response {
        let key = try await key(of: request)
        try await audit.record(AuditEntry("key revoked: \(key.id.text)", request))
        guard try await keys.revoke(key.id) else { throw Problem.noSuchKey }
        return .noContent
    }

    private func key(of request: Request) async throws -> APIKey {
        let id = try request.parameter("id", as: CredentialID.self)
        guard let key = try await keys.key(id), request.access.maySee(key) else { throw Problem.noSuchKey }
        return key
    }

    private static func answer(_ text: APIKeyText, _ key: APIKey) -> Response {
        .json(status: .created, headers: ["Location": "/api/keys/\(key.id.text)"]) { writer in
            writer.object { writer in
                writer.member("key", text.text)
                key.writeMembers(to: &writer)
            }
        }
    }
}

extension Problem {
    /// 404 for the id of a key that does not exist, or that the identity may not see.
    fileprivate static var noSuchKey: Problem { Problem(.notFound, "There is no API key with this id.") }
}

extension GrantedAccess {
    /// Whether the identity may see and manage a key.
    fileprivate func maySee(_ key: APIKey) -> Bool {
        switch role {
        case .client: identity.subject == "key:\(key.id.text)"
        case .organiser:
            identity.events.isEmpty || !key.details.events.isEmpty && key.details.events.isSubset(of: identity.events)
        case .operator: true
        default: false
        }
    }
}

extension CredentialID: PathParameter {
    package init?(pathParameter: Substring) {
        self.init(pathParameter)
    }
}
