import Networking
package import Observability

/// What a handler knows of its call besides the messages.
package struct ServerContext: Sendable {
    /// The full name, `/package.Service/Method`.
    package let method: String
    /// The caller's trace with a span of ours, or a new one.
    package let trace: TraceContext
    private let call: ServerCall
    private let connections: ConnectionTable
    private let baseLogger: Logger

    init(method: String, call: ServerCall, connections: ConnectionTable, logger: Logger, tracer: Tracer) {
        self.method = method
        self.connections = connections
        self.call = call
        baseLogger = logger
        // A stranger does not decide what is traced.
        let caller = call.metadata("traceparent").flatMap { value in
            connections.isTrusted(call.peer) ? String(decoding: value, as: UTF8.self) : nil
        }
        trace = tracer.context(continuing: caller)
    }

    /// The client's metadata of that name, in lower case; the first value if there are several, as text or as the bytes
    /// of a name that ends in `-bin`.
    package func metadata(_ name: StaticString) -> [UInt8]? {
        call.metadata(name)
    }

    /// How long the client will wait, or `nil` if it has not said; the task is cancelled when it is over.
    package var timeRemaining: Duration? {
        call.deadline.map { .nanoseconds(max(0, $0 - MonotonicClock.now())) }
    }

    /// The peer's address without its port; a proxy's, if there is one between.
    ///
    /// Empty if the connection has gone.
    package var remoteAddress: String { connections.address(ofPeer: call.peer)?.host ?? "" }

    /// Logs with the method and the trace.
    package var logger: Logger {
        baseLogger.with([
            .route: .string(method), .traceID: .string(trace.traceIDText), .spanID: .string(trace.spanIDText),
        ])
    }
}
