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
/// GET's handler answers HEAD, and the router answers OPTIONS, unless they have routes of their own. A path without a
/// route is answered 404, a method without one 405.
package struct Router: Sendable {
    /// The registered routes in their order, to compare them with an API's description.
    package private(set) var routes: [Route] = []
    /// Routes that could not be registered: malformed templates and duplicates.
    ///
    /// The server does not start if there are any.
    package private(set) var conflicts: [String] = []
    /// Refuses requests, or finds ``Request/caller``.
    package var requestGuard: RequestGuard?
    private var tree = RouteTree()

    /// A router without routes.
    package init() {}

    /// Answers GET, and HEAD.
    ///
    /// - Parameters:
    ///   - template: see ``on(_:_:handler:)``.
    ///   - isSafe: whether it changes nothing, as for a GET.
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
    ///   - content: the accepted media types of bodies; any if `nil`.
    ///   - gate: refuses requests by their head.
    ///   - timeout: the time-out from a request's head to the head of its response; the server's if `nil`.
    ///   - handler: see ``on(_:_:handler:)``.
    package mutating func post(
        _ template: String,
        of content: RequestContent? = nil,
        gate: RequestGate? = nil,
        timeout: Duration? = nil,
        handler: @escaping RequestHandler
    ) {
        var route = Route(method: .post, template: template, handler: handler, content: content, gate: gate)
        route.timeout = timeout
        add(route)
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

    /// Answers DELETE; a body is read and discarded before the handler runs.
    package mutating func delete(_ template: String, handler: @escaping RequestHandler) {
        on(.delete, template, handler: handler)
    }

    /// Answers any method.
    ///
    /// - Parameters:
    ///   - method: the method.
    ///   - template: literal segments and parameters, `/api/persons/{id}`; `{path...}` at the end takes the rest.
    ///   - handler: answers; runs on Swift's pool, so it must not block.
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

    /// The result of matching a request.
    enum Match {
        case route(Route, parameters: [(name: String, value: Substring)])
        /// The path exists, but not the method, or the method is OPTIONS.
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

    /// Finds the routes of a path, whatever the method.
    ///
    /// - Returns: their template, and the values of its parameters; `nil` without a route.
    /// - Throws: a 400 problem if an escape in the path is malformed or unnecessary.
    package func place(
        of path: String
    ) throws(Problem) -> (template: String, parameters: [(name: String, value: Substring)])? {
        guard let (endpoint, values) = try tree.find(path), let template = endpoint.routes.first?.template else {
            return nil
        }
        return (template, Array(zip(endpoint.parameterNames, values)))
    }

    /// Answers a request like the server, but without a socket and the server's fields; for tests.
    ///
    /// - Throws: an error of the handler, or a problem of the router.
    package func respond(to request: Request) async throws -> Response {
        switch try match(request.method, request.path) {
        case .route(let route, let parameters):
            var request = request
            request.route = route.template
            request.parameters = parameters
            try route.admit(&request, by: requestGuard)
            return try await route.respond(to: request)
        case .methods(let allowed):
            return try Router.answerWithoutRoute(request, allowed: allowed)
        case .nothing:
            throw Router.noSuchPath
        }
    }

    /// The answer for a path with routes but without this method; it also answers OPTIONS, including preflights.
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
