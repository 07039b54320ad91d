/// Answers a request.
package typealias RequestHandler = @Sendable (Request) async throws -> Response

/// Refuses a request by its head, before its body is read.
///
/// It runs on the connection's thread, so it must not wait or compute much.
package typealias RequestGate = @Sendable (Request) throws(Problem) -> Void

/// Says who sends a request to a route, or refuses it; before the route's own gate, and before the body is read.
///
/// It runs on the connection's thread, so it must not wait or compute much. Probes and descriptions are exempt.
package typealias RequestGuard = @Sendable (Request, Route) throws(Problem) -> any Sendable

/// One method of one path.
package struct Route: Sendable {
    /// The method.
    package let method: HTTPMethod
    /// The path's template, `/api/persons/{id}`.
    package let template: String
    let handler: RequestHandler
    /// The accepted media types of bodies; any if `nil`.
    var content: RequestContent?
    var gate: RequestGate?
    /// The index among the router's routes.
    package internal(set) var index = 0
    /// Whether the route is exempt from the limit of requests in progress, as probes are.
    var isAlwaysAdmitted = false
    /// The time-out from a request's head to the head of its response; the server's if `nil`.
    var timeout: Duration?
    /// Whether the method is safe (RFC 9110, section 9.2.1).
    var isSafe: Bool

    init(
        method: HTTPMethod,
        template: String,
        handler: @escaping RequestHandler,
        content: RequestContent? = nil,
        gate: RequestGate? = nil
    ) {
        self.method = method
        self.template = template
        self.handler = handler
        self.content = content
        self.gate = gate
        isSafe = [.get, .head, .options].contains(method)
    }

    /// Refuses a request by its head, or finds out who sends it; on the connection's thread.
    ///
    /// - Parameters:
    ///   - request: the request; its ``Request/caller`` is set.
    ///   - requestGuard: the router's; `nil` without one.
    /// - Throws: the problem of the guard, of the media type or of the gate.
    func admit(_ request: inout Request, by requestGuard: RequestGuard?) throws(Problem) {
        if !isAlwaysAdmitted, let requestGuard { request.caller = try requestGuard(request, self) }
        try content?.check(request)
        try gate?(request)
    }

    /// Answers a request.
    ///
    /// A handler of DELETE ignores the body. It runs after the whole body has arrived, so that an aborted or malformed
    /// request has no effect.
    func respond(to request: Request) async throws -> Response {
        if method == .delete { try await request.body.discard() }
        return try await handler(request)
    }
}

/// A path with parameters: `/api/persons/{id}`, or `/assets/{path...}` for the rest of a path.
struct PathTemplate: Equatable {
    enum Segment: Equatable {
        case literal(String)
        case parameter(String)
        case rest(String)
    }

    let segments: [Segment]

    /// Parses a template; returns `nil` if it does not begin with a slash, a brace is misplaced, a parameter has no
    /// unique name, or a rest is not the last segment.
    init?(_ template: String) {
        guard template.hasPrefix("/") else { return nil }
        var segments: [Segment] = []
        var names: Set<Substring> = []
        for part in template.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            if case .rest = segments.last { return nil }
            guard part.hasPrefix("{") else {
                guard !part.contains(where: { $0 == "{" || $0 == "}" || $0 == "%" }) else { return nil }
                segments.append(.literal(String(part)))
                continue
            }
            guard part.hasSuffix("}") else { return nil }
            var name = part.dropFirst().dropLast()
            let isRest = name.hasSuffix("...")
            if isRest {
                name = name.dropLast(3)
            }
            guard !name.isEmpty, !name.contains(where: { $0 == "{" || $0 == "}" }), names.insert(name).inserted else {
                return nil
            }
            segments.append(isRest ? .rest(String(name)) : .parameter(String(name)))
        }
        self.segments = segments
    }

    var parameterNames: [String] {
        segments.compactMap { segment in
            switch segment {
            case .literal: nil
            case .parameter(let name), .rest(let name): name
            }
        }
    }
}
