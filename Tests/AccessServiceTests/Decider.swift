import Access
import Foundation
import HTTPServer
import Models
import Observability
import Persistence
import Quota
import RESTAccess
import RESTTestSupport
import ServiceRuntime
import Testing

@testable import AccessService

/// The decisions of access-service over some routes, for one test.
struct Decider {
    let credentials = InMemoryCredentials()
    let directory: CredentialDirectory
    let keys: ServiceKeys
    /// A ledger of daily limits runs once, so that each request has its own.
    private let api: @Sendable (QuotaLedger) throws -> APIUnderTest

    /// The routes of the tests.
    private static let routes = """
        {"paths": {
            "/api/persons": {"x-service": "person-service", "get": {"x-access": {
                "client": "scope:persons.read", "operator": "yes", "legacy": "yes"}}},
            "/api/persons/{id}": {"x-service": "person-service",
                "get": {"x-access": {"person": "id", "attendee": "own", "client": "scope:persons.read"}},
                "delete": {"x-access": {"person": "id", "attendee": "own fresh"}}},
            "/api/meetings": {"x-service": "person-service", "get": {"x-access": {
                "units": 5, "units_per_day": 1, "client": "yes"}}},
            "/api/reports": {"x-service": "person-service", "get": {"x-access": {"operator": "emergency"}}},
            "/owntracks": {"x-service": "location-producer", "post": {"x-access": {"checked_by": "handler", "client": "yes"}}},
            "/api/{path...}": {"x-service": "location-producer"},
            "/{path...}": {"x-service": "web-app", "get": {"x-access": "public"}}
        }}
        """

    init(
        _ mode: AccessMode = .enforce,
        tokens: (any AccessTokenCheck)? = nil,
        now: @escaping @Sendable () -> Int64 = { 0 }
    ) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let text = String(repeating: "0f", count: 32)
        keys = try ServiceKeys(text: text)
        try Data((text + "\n").utf8).write(to: folder.appending(path: "person-service"))
        let routes = try RouteTable(json: Array(Self.routes.utf8))
        directory = CredentialDirectory(registry: credentials, now: now)
        directory.apply(.missed)
        let authenticator = Authenticator(
            directory: directory,
            cookie: SessionCookie(isSecure: true),
            attempts: AttemptLimit(now: now),
            tokens: tokens
        )
        let receivers = ReceiverKeys(folder: folder.path(), receivers: routes.receivers, logger: .silent)
        let access = try Self.configuration(mode)
        api = { ledger in
            var router = Router()
            ForwardAuth(
                routes: routes,
                authenticator: authenticator,
                keys: receivers,
                access: access,
                metrics: DecisionMetrics(MetricsRegistry()),
                audit: AuditLog(sink: NoAudit(), logger: .silent, metrics: MetricsRegistry()),
                limits: ClientLimits(ClientLimits.Settings(), ledger, EventDays(logger: .silent) { [:] })
            ).add(to: &router)
            return try APIUnderTest(router, openAPI: PackageResources.openapi_json)
        }
    }

    private static func configuration(_ mode: AccessMode) throws -> AccessConfiguration {
        var reader = EnvironmentReader(["ACCESS": mode.rawValue, "ACCESS_KEY_FILE": "/keys"])
        let configuration = AccessConfiguration(&reader)
        try reader.finish()
        return configuration
    }

    /// Asks as nginx does.
    func ask(_ method: String, _ target: String, _ headers: HTTPHeaders = [:]) async throws -> Answer {
        var headers = headers
        headers["X-Original-Method"] = method
        headers["X-Original-URI"] = target
        return try await send(headers)
    }

    /// Asks as Envoy does.
    func askAsEnvoy(_ method: String, _ target: String, _ headers: HTTPHeaders = [:]) async throws -> Answer {
        try await send(headers, HTTPMethod(rawValue: method), "/auth" + target)
    }

    private func send(
        _ headers: HTTPHeaders,
        _ method: HTTPMethod = .get,
        _ target: String = "/auth"
    ) async throws -> Answer {
        let ledger = QuotaLedger(store: NoLimit(), logger: .silent)
        let api = try api(ledger)
        return try await withThrowingTaskGroup { group in
            group.addTask { try await ledger.run() }
            defer { group.cancelAll() }
            return try await api.send(method, target, headers: headers)
        }
    }

    /// Asks as Traefik does.
    func askAsTraefik(_ method: String, _ target: String, _ headers: HTTPHeaders = [:]) async throws -> Answer {
        var headers = headers
        headers["X-Forwarded-Method"] = method
        headers["X-Forwarded-Uri"] = target
        return try await send(headers)
    }

    /// The reason of a refusal, or the status of what passes.
    func outcome(_ method: String, _ target: String, _ headers: HTTPHeaders = [:]) async throws -> String {
        let answer = try await ask(method, target, headers)
        #expect(answer.bytes.isEmpty)
        guard let reason = answer.headers["Access-Reason"] else {
            return "\(answer.status) \(try identity(answer, method, target)?.subject ?? "anonymous")"
        }
        #expect(
            answer.status
                == (answer.headers["Access-Status"] == "429" ? 403 : Int(answer.headers["Access-Status"] ?? ""))
        )
        return "\(answer.headers["Access-Status"] ?? "") \(reason)"
    }

    /// The identity in an answer, as the service verifies it.
    func identity(_ answer: Answer, _ method: String, _ target: String) throws -> Identity? {
        try answer.headers[HeaderName(IdentityHeader.name)].map { header in
            let path = String(target.prefix { $0 != "?" })
            return try IdentityHeader.verify(header, for: RequestTarget(method: method, path: path), keys, now: .now())
        }
    }
}

/// Daily limits that are never reached.
private struct NoLimit: LeaseStore {
    func acquire(_ request: LeaseRequest, for holder: LeaseHolder) async throws -> LeaseAnswer {
        .granted(request.wanted, left: request.limit - request.wanted)
    }

    func units(of lease: LeaseName, from holder: LeaseHolder) async throws -> Int? { nil }
    func giveBack(_ rests: [LeaseRest], from holder: LeaseHolder) async throws {}
    func followNotices(_ apply: @Sendable (QuotaNotice) -> Void) async throws {
        try await Task.sleep(for: .seconds(86_400))
    }
}

/// An audit that keeps nothing.
private struct NoAudit: AuditSink {
    func append(_ record: AuditRecord) async throws {}
}

/// The field with a key.
func bearer(_ key: APIKeyText) -> HTTPHeaders { ["Authorization": "Bearer \(key.text)"] }
/// The field with a session.
func cookie(_ text: String) -> HTTPHeaders { ["Cookie": "theme=dark; __Host-uda=\(text)"] }
