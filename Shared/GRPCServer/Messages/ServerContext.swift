internal import Concurrency
internal import Networking
package import Observability

/// The context of a call for its handler.
package struct ServerContext: Sendable {
    /// The full name, `/package.Service/Method`.
    package let method: String
    /// The caller's trace with a new span, or a new trace.
    package let trace: TraceContext
    private let call: ServerCall
    private let connections: ConnectionTable
    private let baseLogger: Logger

    init(method: String, call: ServerCall, connections: ConnectionTable, logger: Logger, tracer: Tracer) {
        self.method = method
        self.connections = connections
        self.call = call
        baseLogger = logger
        // An untrusted client does not decide what is traced.
        let caller = call.metadata("traceparent").flatMap { value in
            connections.isTrusted(call.peer) ? String(decoding: value, as: UTF8.self) : nil
        }
        trace = tracer.context(continuing: caller)
    }

    /// The first value of the client's metadata of a name, in lower case; the bytes of a name that ends in `-bin`.
    package func metadata(_ name: StaticString) -> [UInt8]? {
        call.metadata(name)
    }

    /// The time until the client's deadline, at which the task is cancelled; `nil` without one.
    package var timeRemaining: Duration? {
        call.deadline.map { .nanoseconds(max(0, $0 - MonotonicClock.now())) }
    }

    /// The peer's address without the port; that of the proxy, if there is one.
    ///
    /// It is empty if the connection has ended.
    package var remoteAddress: String { connections.address(ofPeer: call.peer)?.host ?? "" }

    /// The client's address: the peer's, or the last one in `X-Forwarded-For` from a trusted proxy.
    package var clientAddress: String {
        guard connections.isTrusted(call.peer), let field = call.metadata("x-forwarded-for"),
            let last = String(decoding: field, as: UTF8.self).split(separator: ",").last,
            let address = IPAddress(last.drop { $0 == " " })
        else { return remoteAddress }
        return address.description
    }

    /// Logs with the method and the trace.
    package var logger: Logger {
        baseLogger.with([
            .route: .string(method), .traceID: .string(trace.traceIDText), .spanID: .string(trace.spanIDText),
        ])
    }
}
