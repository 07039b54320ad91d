import Access
import HTTPServer
import Models

/// The request that a proxy asks about.
struct ForwardedRequest {
    /// The method.
    let method: String
    /// The path as it was sent, without the query.
    let path: String
    /// The parameters of the query; `nil` if it is malformed, which the service answers.
    let query: QueryParameters?
    /// The proxy that asks.
    let proxy: Proxy

    /// How a proxy understands the answer.
    enum Proxy {
        /// Of refusals it knows only the statuses 401 and 403.
        case nginx
        /// It takes any status of the class 2xx as admission, and transports others.
        case traefik
        /// It takes only 200 as admission, and transports others.
        case envoy
    }

    /// Reads nginx's `X-Original-Method` and `X-Original-URI`, or Traefik's `X-Forwarded-Method` and `X-Forwarded-Uri`.
    ///
    /// - Returns: the request; `nil` if a field is missing or occurs twice, or the target is no path.
    init?(_ headers: HTTPHeaders) {
        let fields: [(method: HeaderName, target: HeaderName)] = [
            ("X-Original-Method", "X-Original-URI"), ("X-Forwarded-Method", "X-Forwarded-Uri"),
        ]
        guard let names = fields.first(where: { headers[$0.target] != nil }) else { return nil }
        let (methods, targets) = (headers.values(names.method), headers.values(names.target))
        guard methods.count == 1, targets.count == 1, targets[0].hasPrefix("/") else { return nil }
        method = methods[0]
        path = String(targets[0].prefix { $0 != "?" })
        query = try? QueryParameters(parsing: targets[0].dropFirst(path.count + 1))
        proxy = names.target == "X-Original-URI" ? .nginx : .traefik
    }

    /// Reads Envoy's request, which has the client's method, and the client's target behind ``envoyPrefix``.
    ///
    /// - Returns: the request; `nil` if the target does not have the prefix.
    init?(ofEnvoy request: Request) {
        guard request.path.hasPrefix(Self.envoyPrefix + "/") else { return nil }
        method = request.method.rawValue
        path = String(request.path.dropFirst(Self.envoyPrefix.count))
        query = request.query
        proxy = .envoy
    }

    /// The `path_prefix` of Envoy's `ext_authz`.
    static let envoyPrefix = "/auth"

    /// What an identity is made for.
    var target: RequestTarget { RequestTarget(method: method, path: path) }

    /// Whether the method changes nothing (RFC 9110, section 9.2.1).
    var isSafe: Bool { ["GET", "HEAD", "OPTIONS"].contains(method) }
}
