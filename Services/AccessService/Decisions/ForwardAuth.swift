import Access
import HTTPServer
import Models
import Observability
import OpenIDConnect
import Persistence
import Postgres
import RESTAccess

/// Answers a proxy who sends a request, and whether it may pass on to the service.
///
/// | answer | meaning |
/// |---|---|
/// | 204, for Envoy 200 | it may pass; `UdaConnect-Identity`, if present, goes to the service in the place of any such field of the client |
/// | 401 | the client has to show a valid credential |
/// | 403 | the change comes from a page of another origin; or, for nginx, with `Access-Status: 429`, as 429 |
/// | 429 | the client has to wait |
/// | 503 | no decision is possible at this moment; the request must not pass |
///
/// Answers have no content, because nginx closes connections with content. `Access-Reason` says why a request may not pass. What
/// an identity may do is decided by the service, which knows the object and explains the refusal.
struct ForwardAuth: Sendable {
    let routes: RouteTable
    let authenticator: Authenticator
    let keys: ReceiverKeys
    let access: AccessConfiguration
    let metrics: DecisionMetrics
    let audit: AuditLog
    let limits: ClientLimits

    /// Adds the routes.
    ///
    /// nginx and Traefik ask with GET, whatever the method of the request; Envoy asks with its method, at its path.
    func add(to router: inout Router) {
        router.get("/auth", handler: answer)
        for method in [HTTPMethod.get, .post, .put, .patch, .delete] {
            router.on(method, "\(ForwardedRequest.envoyPrefix)/{path...}", handler: answer)
        }
    }

    private func answer(_ request: Request) async throws -> Response {
        guard request.peer.isTrusted,
            let forwarded = ForwardedRequest(ofEnvoy: request) ?? ForwardedRequest(request.headers)
        else { return refuse(.forbidden, "not_a_proxy") }
        var response = try await answer(request, forwarded)
        if forwarded.proxy == .envoy, response.status == .noContent {
            response.status = .ok
            // Envoy would send the client's field to the service.
            if response.headers[HeaderName(IdentityHeader.name)] == nil {
                response.headers["X-Envoy-Auth-Headers-To-Remove"] = IdentityHeader.name
            }
        }
        return response
    }

    private func answer(_ request: Request, _ forwarded: ForwardedRequest) async throws -> Response {
        do {
            return try await decide(request, forwarded)
        } catch let invalid as InvalidCredential {
            metrics.count(invalid.rawValue)
            return isOpen(to: request) ? pass() : refuse(forwarded, invalid)
        } catch let error as PostgresError where error.isUnavailability || error.isRetriable {
            return unavailable()
        } catch is AuditLog.Unavailable {
            return unavailable()
        } catch TokenFailure.unavailable {
            return unavailable()
        }
    }

    private func decide(_ request: Request, _ forwarded: ForwardedRequest) async throws -> Response {
        // The service refuses a path that is malformed, and answers a preflight, which has no credential.
        guard let entry = try? routes.entry(forwarded.method, forwarded.path), forwarded.method != "OPTIONS",
            entry.permission?.isPublic != true
        else { return pass() }
        let permission = entry.permission
        let now = Timestamp.now()
        let sender: Authenticator.Sender
        do {
            sender = try await authenticator.sender(of: request, now: now)
        } catch InvalidCredential.malformed where permission?.isCheckedByHandler == true {
            // The token of a phone, which the service itself checks.
            return pass()
        }
        if sender.hasCookie, !forwarded.isSafe, !Self.isSameOrigin(request.headers) {
            throw InvalidCredential.crossOrigin
        }
        let granted: GrantedAccess
        guard let permission else { return pass(sender.identity, request, forwarded, to: entry, now: now) }
        do throws(AccessDenial) {
            granted = try permission.decide(sender.identity, on: entry.person, of: entry.event, now: now)
        } catch {
            metrics.count(error.rawValue)
            if error == .unidentified {
                guard isOpen(to: request) else { return refuse(.unauthorized, error.rawValue, "Bearer") }
                return pass()
            }
            audit.noteDenial(entry.record(request, forwarded, sender.identity, nil, "denied: \(error.rawValue)", now))
            return pass(sender.identity, request, forwarded, to: entry, now: now)
        }
        if !sender.isConfirmed, granted.role != nil, !granted.grant.isOwn { return unavailable() }
        var fields: ClientLimits.Fields?
        let units = permission.cost(of: forwarded.query, now: now)
        if granted.role != nil, let charge = limits.charge(sender, units: units) {
            switch try await limits.take(charge, now: now) {
            case .admitted(let standing): fields = standing
            case .refused(let standing, let seconds):
                metrics.count("limit")
                return refuse(forwarded, "limit", retryAfter: seconds, standing)
            case .unavailable: return unavailable()
            }
        }
        if granted.grant.isAudited {
            // Data of others are not read without a record.
            try await audit.record(entry.record(request, forwarded, sender.identity, granted.role, "granted", now))
        }
        var response = pass(sender.identity, request, forwarded, to: entry, now: now)
        if let fields { response.headers.add(fields) }
        return response
    }

    /// Whether the client needs no credential.
    private func isOpen(to request: Request) -> Bool { access.isOpen(to: request.clientAddress) }

    /// Whether a page of the same origin sends the request; browsers add the fields, and pages cannot change them.
    private static func isSameOrigin(_ headers: HTTPHeaders) -> Bool {
        if let site = headers["Sec-Fetch-Site"] { return site == "same-origin" }
        guard let origin = headers["Origin"], let host = headers["X-Forwarded-Host"] ?? headers["Host"],
            let scheme = origin.firstRange(of: "://")
        else { return false }
        return origin[scheme.upperBound...].lowercased() == host.lowercased()
    }

    // MARK: Answers

    private func pass() -> Response {
        metrics.passed.increment()
        return .noContent
    }

    private func pass(
        _ identity: Identity,
        _ request: Request,
        _ forwarded: ForwardedRequest,
        to entry: RouteTable.Entry,
        now: Timestamp
    ) -> Response {
        guard identity != .anonymous else { return pass() }
        guard let keys = keys[entry.service],
            let header = IdentityHeader.make(identity, for: forwarded.target, keys, now: now)
        else { return isOpen(to: request) ? pass() : unavailable() }
        var response = pass()
        response.headers.add(HeaderName(IdentityHeader.name), header)
        return response
    }

    private func refuse(_ forwarded: ForwardedRequest, _ invalid: InvalidCredential) -> Response {
        switch invalid {
        case .malformed, .unknown, .network:
            return refuse(.unauthorized, invalid.rawValue, #"Bearer error="invalid_token""#)
        case .crossOrigin: return refuse(.forbidden, invalid.rawValue)
        case .tooMany:
            return refuse(forwarded, invalid.rawValue, retryAfter: 60)
        }
    }

    /// 429, as 403 for nginx.
    private func refuse(
        _ forwarded: ForwardedRequest,
        _ reason: String,
        retryAfter seconds: Int,
        _ fields: ClientLimits.Fields? = nil
    ) -> Response {
        var response = refuse(.tooManyRequests, reason)
        if forwarded.proxy == .nginx { response.status = .forbidden }
        response.headers["Retry-After"] = String(seconds)
        if let fields { response.headers.add(fields) }
        return response
    }

    private func refuse(_ status: HTTPStatus, _ reason: String, _ challenge: String? = nil) -> Response {
        var response = Response(status: status)
        response.headers["Access-Status"] = String(status.code)
        response.headers["Access-Reason"] = reason
        response.headers["WWW-Authenticate"] = challenge
        return response
    }

    private func unavailable() -> Response {
        metrics.undecided.increment()
        var response = refuse(.serviceUnavailable, "unavailable")
        response.headers["Retry-After"] = "1"
        return response
    }
}

extension HTTPHeaders {
    /// Adds the fields of draft-ietf-httpapi-ratelimit-headers-10.
    fileprivate mutating func add(_ fields: ClientLimits.Fields) {
        add("RateLimit-Policy", fields.policy)
        add("RateLimit", fields.limit)
    }
}

extension RouteTable.Entry {
    /// What the audit says of a request.
    fileprivate func record(
        _ request: Request,
        _ forwarded: ForwardedRequest,
        _ identity: Identity,
        _ role: Role?,
        _ decision: String,
        _ now: Timestamp
    ) -> AuditEntry {
        var entry = AuditEntry(
            time: now,
            subject: identity.subject,
            operation: "\(forwarded.method) \(template)",
            decision: decision
        )
        entry.role = role?.rawValue
        entry.session = identity.session
        entry.person = person
        entry.event = event ?? (identity.events.count == 1 ? identity.events.first : nil)
        entry.purpose = identity.purpose
        entry.network = request.coarseNetwork
        entry.request = request.id
        return entry
    }
}

/// Counts the decisions.
struct DecisionMetrics: Sendable {
    /// Requests that may pass.
    let passed: Counter
    /// Requests without a decision.
    let undecided: Counter
    private let denied: [String: Counter]

    init(_ metrics: MetricsRegistry) {
        passed = metrics.counter("forward_auth_passed_total", "Requests that may pass on to the service.")
        undecided = metrics.counter(
            "forward_auth_undecided_total",
            "Requests answered 503, because no decision is possible."
        )
        let reasons = Set(
            AccessDenial.allCases.map(\.rawValue) + InvalidCredential.allCases.map(\.rawValue) + ["limit"]
        )
        denied = Dictionary(
            uniqueKeysWithValues: reasons.map { reason in
                let counter = metrics.counter(
                    "forward_auth_denied_total",
                    "Requests that may not do what they ask for; some of them the service refuses, and none with ACCESS=observe.",
                    labels: [("reason", reason)]
                )
                return (reason, counter)
            }
        )
    }

    /// Counts a denial.
    func count(_ reason: String) {
        denied[reason]?.increment()
    }
}
