/// Leads calls to handlers by the full name of their method.
///
/// ```swift
/// var router = RPCRouter()
/// router.unary("/package.Service/Method") { (request: Request, context) in
///     Response(…)
/// }
/// ```
///
/// Handlers run on Swift's pool and so must not block. They are cancelled when the client goes, or its deadline has come.
/// A method without a handler is answered `UNIMPLEMENTED`.
package struct RPCRouter: Sendable {
    /// A method with what answers it.
    struct Route: Sendable {
        /// The full name, `/package.Service/Method`.
        let method: String
        /// How many messages go which way.
        let kind: Kind
        /// Answers; what it returns is sent as the last message, together with the status.
        let handler: @Sendable (RPCExchange, ReceivedMessage?) async throws -> [UInt8]?
    }

    /// How many messages go which way.
    enum Kind: Sendable {
        case unary
        case serverStreaming
        case clientStreaming
        case bidirectional

        /// Whether the client sends one message and no more, which is read before the handler runs.
        var takesOneMessage: Bool { self == .unary || self == .serverStreaming }
    }

    /// What was registered, in that order.
    private(set) var routes: [Route] = []
    /// Methods that could not be registered: malformed names and doubles.
    ///
    /// The server does not start with any.
    package private(set) var conflicts: [String] = []

    /// Makes a router without methods.
    package init() {}

    /// The full names of all methods, in the order of their registration.
    package var methods: [String] { routes.map(\.method) }

    /// Answers a message with a message.
    ///
    /// - Parameters:
    ///   - method: the full name, `/package.Service/Method`.
    ///   - handler: makes the answer.
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
    ///   - handler: writes the answers; when it returns, the call ends well.
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
    ///   - handler: reads the messages and makes the answer.
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
    ///   - handler: reads and writes, in any order; when it returns, the call ends well.
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
