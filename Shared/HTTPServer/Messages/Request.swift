package import Observability

/// A request of a client.
package struct Request: Sendable {
    /// The method, which stays HEAD if a GET route answers.
    package let method: HTTPMethod
    /// The target's path as sent, with escapes.
    package let path: String
    /// The parameters after the target's question mark.
    package let query: QueryParameters
    /// The fields of the head.
    package let headers: HTTPHeaders
    /// The content.
    package let body: RequestBody
    /// The id of the request in logs, in `X-Request-Id` and in problems.
    package let id: String
    /// The caller's trace with a new span, or a new trace.
    package let trace: TraceContext
    /// The sender: the client or a proxy.
    package let peer: Peer
    /// The route's template, `/api/persons/{id}`.
    package internal(set) var route: String = ""
    /// Who sends the request, as the router's guard found out.
    package internal(set) var caller: (any Sendable)?
    var parameters: [(name: String, value: Substring)] = []
    private let baseLogger: Logger?

    /// A request for tests without a socket.
    ///
    /// - Throws: a 400 problem if the query is malformed.
    package init(
        _ method: HTTPMethod,
        _ target: String,
        headers: HTTPHeaders = [:],
        body: RequestBody = RequestBody(),
        id: String = "test",
        trace: TraceContext? = nil,
        peer: Peer = Peer(address: "127.0.0.1", isTrusted: true),
        logger: Logger? = nil
    ) throws(Problem) {
        self.method = method
        self.headers = headers
        self.body = body
        self.id = id
        self.trace = trace ?? Tracer.disabled.context(continuing: headers["traceparent"])
        self.peer = peer
        baseLogger = logger
        if let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) {
            path = String(target[..<mark])
            query = try QueryParameters(parsing: target[target.utf8.index(after: mark)...])
        } else {
            path = target
            query = try QueryParameters(parsing: "")
        }
    }

    /// Logs with the request's id.
    package var logger: Logger {
        (baseLogger ?? Logger(service: "", level: .error)).with([.requestID: .string(id)])
    }

    /// The value of a path parameter.
    ///
    /// - Parameters:
    ///   - name: as in the route's template, without the braces.
    ///   - type: the type of the value.
    /// - Returns: the value.
    /// - Throws: a 400 problem that names the parameter, if it is not as expected.
    package func parameter<Value: PathParameter>(
        _ name: String,
        as type: Value.Type = Value.self
    ) throws(Problem) -> Value {
        guard let text = parameters.first(where: { $0.name == name })?.value else {
            throw Problem(.internalServerError)
        }
        guard let value = Value(pathParameter: text) else {
            throw Problem(
                .badRequest,
                "A path parameter is invalid.",
                errors: [.parameter(name, "Expected \(type.expectation).")]
            )
        }
        return value
    }
}
