/// Leads requests to handlers by method and path.
///
/// ```swift
/// var router = Router()
/// router.get("/api/persons/{id}") { request in
///     let id = try request.parameter("id", as: PersonID.self)
///     …
/// }
/// ```
///
/// HEAD is answered by GET's handler and OPTIONS by the router, unless they have routes of their own. A path without a
/// route is answered 404, a method without one 405.
package struct Router: Sendable {
    /// What was registered, in that order; to be compared with an API's description.
    package private(set) var routes: [Route] = []
    /// Routes that could not be registered: malformed templates and doubles.
    ///
    /// The server does not start with any.
    package private(set) var conflicts: [String] = []
    private var tree = RouteTree()

    /// Makes a router without routes.
    package init() {}

    /// Answers GET, and HEAD.
    ///
    /// - Parameters:
    ///   - template: see ``on(_:_:handler:)``.
    ///   - isSafe: whether it changes nothing, as GET should not.
    ///   - handler: see ``on(_:_:handler:)``.
    package mutating func get(_ template: String, isSafe: Bool = true, handler: @escaping RequestHandler) {
        var route = Route(method: .get, template: template, handler: handler)
        route.isSafe = isSafe
        add(route)
    }

    /// Answers POST.
    ///
    /// - Parameters:
    ///   - template: see ``on(_:_:handler:)``.
    ///   - content: the media types of bodies that are taken; any if `nil`.
    ///   - gate: refuses requests by their head.
    ///   - handler: see ``on(_:_:handler:)``.
    package mutating func post(
        _ template: String,
        of content: RequestContent? = nil,
        gate: RequestGate? = nil,
        handler: @escaping RequestHandler
    ) {
        add(Route(method: .post, template: template, handler: handler, content: content, gate: gate))
    }

    /// Answers PUT; bodies are of the given media types, or of any.
    package mutating func put(
        _ template: String,
        of content: RequestContent? = nil,
        handler: @escaping RequestHandler
    ) {
        add(Route(method: .put, template: template, handler: handler, content: content))
    }

    /// Answers PATCH.
    package mutating func patch(_ template: String, handler: @escaping RequestHandler) {
        on(.patch, template, handler: handler)
    }

    /// Answers DELETE; a body is read, and thrown away, before the handler runs.
    package mutating func delete(_ template: String, handler: @escaping RequestHandler) {
        on(.delete, template, handler: handler)
    }

    /// Answers any method.
    ///
    /// - Parameters:
    ///   - method: the method.
    ///   - template: literal segments and parameters, `/api/persons/{id}`; `{path...}` at the end takes all the rest.
    ///   - handler: makes the answer; runs on Swift's pool and so must not block.
    package mutating func on(_ method: HTTPMethod, _ template: String, handler: @escaping RequestHandler) {
        add(Route(method: method, template: template, handler: handler))
    }

    mutating func add(_ route: Route) {
        var route = route
        route.index = routes.count
        guard let path = PathTemplate(route.template), tree.insert(route, at: path) else {
            conflicts.append("\(route.method.rawValue) \(route.template)")
            return
        }
        routes.append(route)
    }

    /// Where a request leads.
    enum Match {
        case route(Route, parameters: [(name: String, value: Substring)])
        /// The path exists and the method does not, or it is OPTIONS.
        case methods([HTTPMethod])
        case nothing
    }

    /// Finds the handler of a request.
    ///
    /// - Throws: a 400 problem if an escape in the path is malformed.
    func match(_ method: HTTPMethod, _ path: String) throws(Problem) -> Match {
        guard let (endpoint, values) = try tree.find(path) else {
            return method == .options && path == "*" ? .methods([.options]) : .nothing
        }
        guard let route = endpoint.route(for: method) else { return .methods(endpoint.allowedMethods) }
        return .route(route, parameters: Array(zip(endpoint.parameterNames, values)))
    }

    /// Answers a request as the server would, without a socket and without the fields that the server adds; for tests.
    ///
    /// - Throws: what the handler throws, and the router's own problems.
    package func respond(to request: Request) async throws -> Response {
        switch try match(request.method, request.path) {
        case .route(let route, let parameters):
            var request = request
            request.route = route.template
            request.parameters = parameters
            try route.check(request)
            return try await route.respond(to: request)
        case .methods(let allowed):
            return try Router.answerWithoutRoute(request, allowed: allowed)
        case .nothing:
            throw Router.noSuchPath
        }
    }

    /// The answer of a path that has routes, but none for this method; OPTIONS, a browser's preflight included, is
    /// answered.
    static func answerWithoutRoute(_ request: Request, allowed: [HTTPMethod]) throws(Problem) -> Response {
        let allow = allowed.map(\.rawValue).joined(separator: ", ")
        guard request.method == .options else {
            throw Problem(.methodNotAllowed, "This path takes \(allow).", headers: ["Allow": allow])
        }
        return Response(headers: ["Allow": allow])
    }

    static var noSuchPath: Problem {
        Problem(.notFound, "There is nothing at this path.")
    }
}
