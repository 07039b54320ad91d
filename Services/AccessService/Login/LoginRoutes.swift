import Access
import Credentials
import HTTPServer
import Models
import Observability
import OpenIDConnect
import Persistence

/// The routes of logins at an issuer, for browsers: authorization code with PKCE.
///
/// No token reaches the browser.
struct LoginRoutes: Sendable {
    /// The issuer; `nil` if the deployment has none.
    let issuer: LoginIssuer?
    let identities: IdentityStore
    let sessions: SessionStore
    let cookie: SessionCookie
    let pending: PendingLoginCookie
    let audit: AuditLog

    /// Adds the routes.
    func add(to router: inout Router) {
        router.get("/api/login", handler: begin)
        // The browser comes from another site; the cookie binds the login to it.
        router.get("/api/login/callback", handler: complete)
    }

    /// How long ago the person may have authenticated for dangerous acts, in seconds.
    private static let freshness: Int64 = 300

    private func flow() throws(Problem) -> LoginFlow {
        guard let issuer else {
            throw Problem(.notFound, "This deployment has no issuer: log in by the code of a claim.")
        }
        guard let flow = issuer.flow else { throw .unavailable("The issuer of logins does not answer.", retryAfter: 5) }
        return flow
    }

    /// Sends the browser to the issuer.
    private func begin(_ request: Request) async throws -> Response {
        let path = try request.query.optional("return", as: LocalPath.self) ?? .root
        let isFresh = try request.query.optional("fresh", as: Bool.self) ?? false
        let login = try flow().begin(
            returnTo: path,
            maximumAge: isFresh ? Self.freshness : nil,
            asksAgain: isFresh
        )
        return Self.redirect(to: login.address, ["Set-Cookie": pending.field(login.pending)])
    }

    /// Logs in the person that the issuer names; a login that failed leads to the first page.
    private func complete(_ request: Request) async throws -> Response {
        let flow = try flow()
        guard let login = pending.login(in: request.headers),
            let callback = LoginCallback(
                state: request.query["state"],
                code: request.query["code"],
                issuer: request.query["iss"]
            )
        else { return failed(request, reason: "cookie") }
        let person: LoggedIn
        do throws(LoginFailure) {
            person = try await flow.complete(login, callback)
        } catch {
            request.logger.info("A login was not completed", error.logMetadata)
            guard error != .unavailable else {
                throw Problem.unavailable("The issuer of logins does not answer.", retryAfter: 5)
            }
            return failed(request, reason: "issuer")
        }
        let identity = try await identities.find(issuer: person.issuer, subject: person.subject)
        let token = SessionCookie.randomToken()
        let session = try await sessions.logIn(
            identity.subject,
            person: identity.person,
            TokenDigest(of: token),
            authenticatedAt: person.authenticatedAt.map { Timestamp(microseconds: $0.seconds * 1_000_000) }
        )
        var entry = AuditEntry("login", request)
        (entry.subject, entry.session) = (identity.subject, session.map { "session:\($0.id.text)" })
        audit.note(entry)
        var response = Self.redirect(to: login.returnPath.text, ["Set-Cookie": pending.field(nil)])
        response.headers.add("Set-Cookie", cookie.field(token, seconds: SessionStore.lifetime))
        return response
    }

    private func failed(_ request: Request, reason: String) -> Response {
        audit.noteDenial(AuditEntry("login failed: \(reason)", request))
        return Self.redirect(to: "/?login=failed", ["Set-Cookie": pending.field(nil)])
    }

    private static func redirect(to address: String, _ headers: HTTPHeaders) -> Response {
        var response = Response(status: HTTPStatus(code: 303), headers: headers)
        response.headers["Location"] = address
        // The address has a code or a state, which no other site should get.
        response.headers["Referrer-Policy"] = "no-referrer"
        return response
    }
}

extension LocalPath: PathParameter {
    package init?(pathParameter: Substring) {
        self.init(String(pathParameter))
    }

    package static var expectation: String { "a path of this origin, such as /people" }
}
