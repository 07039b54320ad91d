/// Leads calls to handlers by the full name of their method.
///
/// ```swift
/// var router = RPCRouter()
/// router.unary("/package.Service/Method") { (request: Request, context) in
///     Response(…)
/// }
/// ```
///
/// Handlers run on Swift's pool, so they must not block. They are cancelled if the client disconnects or its deadline
/// passes. A method without a handler is answered `UNIMPLEMENTED`.
package struct RPCRouter: Sendable {
    /// A method with its handler.
    struct Route: Sendable {
        /// The full name, `/package.Service/Method`.
        let method: String
        /// The kind of method, by the number of messages in each direction.
        let kind: Kind
        /// The handler; its result is sent as the last message, together with the status.
        let handler: @Sendable (RPCExchange, ReceivedMessage?) async throws -> [UInt8]?
    }

    /// The kind of method, by the number of messages in each direction.
    enum Kind: Sendable {
        case unary
        case serverStreaming
        case clientStreaming
        case bidirectional

        /// Whether the client sends exactly one message, which is read before the handler runs.
        var takesOneMessage: Bool { self == .unary || self == .serverStreaming }
    }

    /// The registered methods in their order.
    private(set) var routes: [Route] = []
    /// Methods that could not be registered: malformed names and duplicates.
    ///
    /// The server does not start if there are any.
    package private(set) var conflicts: [String] = []

    /// A router without methods.
    package init() {}

    /// The full names of all methods, in the order of their registration.
    package var methods: [String] { routes.map(\.method) }

    /// Answers a message with a message.
    ///
    /// - Parameters:
    ///   - method: the full name, `/package.Service/Method`.
    ///   - handler: answers.
    package mutating func unary<Request: RPCRequestMessage, Response: RPCResponseMessage>(
        _ method: String,
        handler: @escaping @Sendable (Request, ServerContext) async throws -> Response
    ) {
        add(method, .unary) { exchange, message in
            guard let message else { return nil }
            return try await handler(try message.decoded(), exchange.context).encoded
        }
    }

    /// Answers a message with any number of them.
    ///
    /// - Parameters:
    ///   - method: the full name.
    ///   - handler: writes the answers; the call succeeds when it returns.
    package mutating func serverStreaming<Request: RPCRequestMessage, Response: RPCResponseMessage>(
        _ method: String,
        handler: @escaping @Sendable (Request, RPCWriter<Response>, ServerContext) async throws -> Void
    ) {
        add(method, .serverStreaming) { exchange, message in
            guard let message else { return nil }
            try await handler(try message.decoded(), RPCWriter(exchange), exchange.context)
            return nil
        }
    }

    /// Answers any number of messages with one.
    ///
    /// - Parameters:
    ///   - method: the full name.
    ///   - handler: reads the messages and answers.
    package mutating func clientStreaming<Request: RPCRequestMessage, Response: RPCResponseMessage>(
        _ method: String,
        handler: @escaping @Sendable (RPCRequests<Request>, ServerContext) async throws -> Response
    ) {
        add(method, .clientStreaming) { exchange, _ in
            try await handler(RPCRequests(exchange), exchange.context).encoded
        }
    }

    /// Answers any number of messages with any number of them.
    ///
    /// - Parameters:
    ///   - method: the full name.
    ///   - handler: reads and writes in any order; the call succeeds when it returns.
    package mutating func bidirectional<Request: RPCRequestMessage, Response: RPCResponseMessage>(
        _ method: String,
        handler: @escaping @Sendable (RPCRequests<Request>, RPCWriter<Response>, ServerContext) async throws -> Void
    ) {
        add(method, .bidirectional) { exchange, _ in
            try await handler(RPCRequests(exchange), RPCWriter(exchange), exchange.context)
            return nil
        }
    }

    private mutating func add(
        _ method: String,
        _ kind: Kind,
        handler: @escaping @Sendable (RPCExchange, ReceivedMessage?) async throws -> [UInt8]?
    ) {
        let parts = method.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].isEmpty, !parts[1].isEmpty, !parts[2].isEmpty,
            !routes.contains(where: { $0.method == method })
        else {
            conflicts.append(method)
            return
        }
        routes.append(Route(method: method, kind: kind, handler: handler))
    }
}
