/// The origins whose pages may read answers, and send requests that change something.
package enum AllowedOrigins: Equatable, Sendable {
    /// Only the server's own.
    case own
    /// These, and the server's own.
    case some([String])
    /// All of them.
    case any

    /// Parses `*` or origins separated by commas; returns `nil` if one of them is not an origin.
    package init?(_ text: String) {
        guard text != "*" else {
            self = .any
            return
        }
        let origins = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.drop { $0 == " " } }
        guard origins.allSatisfy(Self.isOrigin) else { return nil }
        self = .some(origins.map(String.init))
    }

    /// The expected form, for error messages.
    package static let expectation = "* or origins like http://localhost:30000,https://app.example.org"

    /// Whether a text is an origin in the form of browsers (RFC 6454, section 6.2).
    private static func isOrigin(_ text: Substring) -> Bool {
        guard let scheme = ["http://", "https://"].first(where: text.hasPrefix) else { return false }
        let host = text.dropFirst(scheme.count)
        return !host.isEmpty
            && host.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: ".-_:[]".utf8.contains(byte)
                }
            }
    }
}

/// The rights of pages of other origins (Fetch standard, section 3.2).
struct CrossOrigin: Sendable {
    private static let exposedHeaders = "Link, X-Total-Count, ETag, Location, X-Request-Id, Retry-After"
    /// The header fields that a page may send in addition to those of a simple request.
    private static let allowedHeaders = "Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID"
    /// The lifetime of a preflight's answer, in seconds.
    private static let maximumAge = "600"

    let allowed: AllowedOrigins

    /// Checks a request that changes something.
    ///
    /// A browser sends simple requests for any page without a preflight. It adds `Origin` or at least `Sec-Fetch-Site`,
    /// which programs and phones do not send.
    ///
    /// - Throws: a 403 problem if it comes from a page that is not permitted.
    func check(_ headers: HTTPHeaders) throws(Problem) {
        let isAllowed =
            if let origin = headers["Origin"] {
                allows(origin) || isOwn(origin, headers["Host"])
            } else {
                allowed == .any || ["same-origin", "none"].contains(headers["Sec-Fetch-Site"] ?? "none")
            }
        guard isAllowed else {
            throw Problem(
                .forbidden,
                "Pages of this origin may not change anything here: CORS_ORIGIN names those that may.",
                errors: [.header("Origin", "Expected the origin of a page that is allowed to.")]
            )
        }
    }

    private func allows(_ origin: String) -> Bool {
        switch allowed {
        case .own: false
        case .some(let origins): origins.contains(origin)
        case .any: true
        }
    }

    /// Whether a page's origin is the server's; the scheme is ignored, because TLS may end at a proxy.
    private func isOwn(_ origin: String, _ host: String?) -> Bool {
        guard let host, let scheme = origin.firstRange(of: "://") else { return false }
        return ASCII.equalIgnoringCase(origin[scheme.upperBound...].utf8, host.utf8)
    }

    /// Permits a page to read an answer, if its origin is allowed; HTML pages are never permitted.
    ///
    /// - Parameters:
    ///   - headers: the answer's fields.
    ///   - request: the request's fields; `nil` if its head could not be parsed.
    ///   - method: the request's method.
    func add(to headers: inout HTTPHeaders, answering request: HTTPHeaders?, _ method: HTTPMethod?) {
        guard allowed != .own, headers["Content-Type"]?.hasPrefix("text/html") != true else { return }
        if allowed == .any {
            headers.add("Access-Control-Allow-Origin", "*")
        } else {
            headers.vary(on: "Origin")
            guard let origin = request?["Origin"], allows(origin) else { return }
            headers.add("Access-Control-Allow-Origin", origin)
        }
        headers.add("Access-Control-Expose-Headers", Self.exposedHeaders)
        guard method == .options, request?["Access-Control-Request-Method"] != nil else { return }
        headers.add("Access-Control-Allow-Methods", headers["Allow"] ?? "")
        headers.add("Access-Control-Allow-Headers", Self.allowedHeaders)
        headers.add("Access-Control-Max-Age", Self.maximumAge)
    }
}
