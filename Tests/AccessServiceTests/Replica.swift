import Access
import Credentials
import Foundation
import HTTPServer
import Models
import Observability
import Postgres
import Quota
import RESTTestSupport
import ServiceRuntime
import Synchronization
import TestSupport
import Testing

@testable import AccessService
@testable import Persistence
@testable import RESTAccess

/// One process of access-service on a real database, with a proxy in front of it.
struct Replica {
    let client: PostgresClient
    let directory: CredentialDirectory
    let audit: AuditLog
    let ledger: QuotaLedger
    private let api: APIUnderTest

    init(_ client: PostgresClient, keys folder: String, issuer: LoginIssuer? = nil) throws {
        self.client = client
        let routes = try RouteTable(json: Self.routes)
        directory = CredentialDirectory(
            registry: StoredCredentials(keys: APIKeyStore(client: client), sessions: SessionStore(client: client))
        )
        audit = AuditLog(sink: AuditStore(client: client), logger: .silent, metrics: MetricsRegistry())
        ledger = QuotaLedger(store: QuotaStore(client: client, logger: .silent), logger: .silent)
        let (cookie, attempts) = (SessionCookie(isSecure: true), AttemptLimit())
        var reader = EnvironmentReader([
            "ACCESS": "enforce", "ACCESS_KEY_FILE": "\(folder)/access-service", "ACCESS_KEYS": folder,
        ])
        let access = AccessConfiguration(&reader)
        var router = Router()
        ForwardAuth(
            routes: routes,
            authenticator: Authenticator(directory: directory, cookie: cookie, attempts: attempts),
            keys: ReceiverKeys(folder: folder, receivers: routes.receivers, logger: .silent),
            access: access,
            metrics: DecisionMetrics(MetricsRegistry()),
            audit: audit,
            limits: ClientLimits(ClientLimits.Settings(), ledger, EventDays(logger: .silent) { [:] })
        ).add(to: &router)
        SessionRoutes(
            sessions: SessionStore(client: client),
            directory: directory,
            identities: IdentityStore(client: client),
            claims: ClaimStore(client: client),
            keys: APIKeyStore(client: client),
            cookie: cookie,
            attempts: attempts,
            audit: audit
        ).add(to: &router)
        LoginRoutes(
            issuer: issuer,
            identities: IdentityStore(client: client),
            sessions: SessionStore(client: client),
            cookie: cookie,
            pending: PendingLoginCookie(isSecure: true),
            audit: audit
        ).add(to: &router)
        KeyRoutes(keys: APIKeyStore(client: client), scopes: ["persons.read", "claims"], audit: audit).add(to: &router)
        AuditRoutes(store: AuditStore(client: client)).add(to: &router)
        EmergencyRoutes(accesses: EmergencyStore(client: client), audit: audit).add(to: &router)
        router.guardAccess(
            by: try AccessGuard(
                access,
                router.routes,
                describedBy: PackageResources.openapi_json,
                logger: .silent,
                metrics: MetricsRegistry()
            )
        )
        api = try APIUnderTest(router, openAPI: PackageResources.openapi_json)
    }

    /// The routes of this service as `scripts/permissions` would write them, and one of another service.
    private static let routes: [UInt8] = {
        let text = String(decoding: PackageResources.openapi_json, as: UTF8.self)
        let other = #"""
            "/api/persons/{id}": {"x-service": "person-service",
                "get": {"x-access": {"person": "id", "attendee": "own", "organiser": "audited", "client": "scope:persons.read"}}},
            """#
        return Array(
            text.replacing("\"paths\": {", with: "\"paths\": {\(other)", maxReplacements: 1)
                .replacing(/"(\/[^"]*)": \{/) { "\"\($0.output.1)\": {\"x-service\": \"access-service\"," }
                .replacing(
                    "\"/api/persons/{id}\": {\"x-service\": \"access-service\",",
                    with: "\"/api/persons/{id}\": {"
                )
                .utf8
        )
    }()

    /// Follows changes while `body` runs.
    func whileFollowing(_ body: () async throws -> Void) async throws {
        let changes = CredentialChanges(directory: directory, client: client, logger: .silent)
        try await withThrowingTaskGroup { group in
            group.addTask { try await changes.run() }
            group.addTask { [ledger] in try await ledger.run() }
            try await body()
            await ledger.stop()
            group.cancelAll()
        }
    }

    /// The answer of `/auth`.
    func ask(_ method: HTTPMethod, _ target: String, _ headers: HTTPHeaders) async throws -> Answer {
        var headers = headers
        headers["X-Original-Method"] = method.rawValue
        headers["X-Original-URI"] = target
        return try await api.send(.get, "/auth", headers: headers)
    }

    /// Sends a request as through a proxy: first `/auth`, then, with the identity, to the service itself.
    func send(
        _ method: HTTPMethod,
        _ target: String,
        _ headers: HTTPHeaders = [:],
        body: String = ""
    ) async throws -> Answer {
        let decision = try await ask(method, target, headers)
        guard decision.status == 204 else { return decision }
        var headers = headers
        headers["Content-Type"] = "application/json"
        headers[HeaderName(IdentityHeader.name)] = decision.headers[HeaderName(IdentityHeader.name)]
        return try await api.send(method, target, headers: headers, body: body)
    }
}

/// Runs replicas of access-service on a migrated database with two persons.
func withReplicas(_ count: Int = 1, _ body: ([Replica]) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for service in ["access-service", "person-service"] {
        try Data(String(repeating: "0f", count: 32).utf8).write(to: folder.appending(path: service))
    }
    try await TestDatabase.withClient(.tables) { owner in
        for name in ["Ada", "Bob"] {
            _ = try await PersonStore(client: owner).create(
                PersonDetails(firstName: name, lastName: "", companyName: "")
            )
        }
        try await withReplicas(count, [], owner, folder.path(), body)
    }
}

private func withReplicas(
    _ count: Int,
    _ replicas: [Replica],
    _ owner: PostgresClient,
    _ folder: String,
    _ body: ([Replica]) async throws -> Void
) async throws {
    guard replicas.count < count else { return try await body(replicas) }
    try await TestDatabase.withClient(of: owner.configuration, as: "uda_access") { client in
        let replica = try Replica(client, keys: folder)
        try await replica.whileFollowing {
            // Until the first notification nothing is kept.
            try await eventually { replica.directory.isListening }
            try await withReplicas(count, replicas + [replica], owner, folder, body)
        }
    }
}

extension Replica {
    /// Logs in as a person with roles; returns the field with the cookie.
    func logIn(_ person: Int32, _ roles: [GrantedRole] = []) async throws -> HTTPHeaders {
        let id = try #require(PersonID(rawValue: person))
        for role in roles {
            let isNew = try await RoleStore(client: client).grant(role, to: "person:\(person)", by: "test")
            try #require(isNew != nil)
        }
        let code = ClaimCode.random()
        _ = try await ClaimStore(client: client).create(code.digest, for: id, .login, by: "test")
        let answer = try await send(.post, "/api/session", body: #"{"code": "\#(code.text)"}"#)
        #expect(answer.status == 200, "\(answer.text)")
        let cookie = try #require(answer.headers["Set-Cookie"]?.prefix { $0 != ";" })
        return ["Cookie": String(cookie), "Sec-Fetch-Site": "same-origin"]
    }
}
