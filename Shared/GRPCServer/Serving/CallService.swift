import Concurrency
import Observability
import Synchronization

/// Connects the core and the handlers: admits calls, runs handlers, ends and records calls.
final class CallService: Sendable {
    /// The calls in progress.
    let calls = CallTable()
    /// The connections of the calls.
    let connections: ConnectionTable

    private let configuration: RPCServerConfiguration
    private let routes: [RPCRouter.Route]
    private let logger: Logger
    private let tracer: Tracer
    private let methodMetrics: [CallMetrics]
    private let unknownMetrics: CallMetrics
    private let cut: Counter
    private let inFlight = Mutex(InFlight())

    /// The number of calls in progress of each kind.
    private struct InFlight {
        var calls = 0
        var streams = 0
    }

    init(
        _ configuration: RPCServerConfiguration,
        _ routes: [RPCRouter.Route],
        _ logger: Logger,
        _ metrics: MetricsRegistry,
        _ tracer: Tracer
    ) {
        self.configuration = configuration
        connections = ConnectionTable(configuration)
        cut = metrics.counter("grpc_connections_cut_total", "Connections that gave up too many calls too quickly.")
        self.routes = routes
        self.logger = logger
        self.tracer = tracer
        methodMetrics = routes.map { CallMetrics(metrics, method: $0.method) }
        unknownMetrics = CallMetrics(metrics, method: "unknown")
        metrics.gauge("grpc_calls_in_flight", "Calls that have not ended.") { [calls] in Double(calls.count) }
    }

    /// Handles a new call, on a thread of the core, so it must not wait or compute much.
    ///
    /// - Parameters:
    ///   - call: the call.
    ///   - method: the index of its method; `nil` for an unknown name.
    func accept(_ call: ServerCall, of method: Int?) {
        guard let method else {
            return refuse(call, nil, RPCError(.unimplemented, "There is no such method here."))
        }
        let route = routes[method]
        guard !calls.isDraining else { return refuse(call, method, ServerIsDraining().rpcError) }
        guard admit(route.kind) else {
            return refuse(
                call,
                method,
                RPCError(
                    .resourceExhausted,
                    "The server has as many calls in progress as it takes: try again shortly.",
                    details: [.retry(after: .seconds(1))]
                )
            )
        }
        let exchange = RPCExchange(call, route, configuration, connections, logger, tracer)
        calls.insert(exchange)
        call.watchClose { wasCancelled in
            guard wasCancelled else { return }
            call.markCancelled()
            self.noteReset(of: call)
        }
        guard route.kind.takesOneMessage else { return begin(exchange, method, nil) }
        call.timeLimit.store(call.startedAt + configuration.callTimeout.nanoseconds, ordering: .relaxed)
        call.receive { received in
            if route.kind != .unary { call.timeLimit.store(.max, ordering: .relaxed) }
            switch received {
            case .message(let message): self.begin(exchange, method, message)
            case .end: self.end(exchange, method, RPCError(.invalidArgument, "The request has no message."))
            case .failure: self.end(exchange, method, RPCError(.cancelled, "The call was cancelled."))
            }
        }
    }

    private func admit(_ kind: RPCRouter.Kind) -> Bool {
        inFlight.withLock { inFlight in
            if kind == .unary {
                guard inFlight.calls < configuration.maximumCalls else { return false }
                inFlight.calls += 1
            } else {
                guard inFlight.streams < configuration.maximumStreams else { return false }
                inFlight.streams += 1
            }
            return true
        }
    }

    private func release(_ kind: RPCRouter.Kind) {
        inFlight.withLock { inFlight in
            if kind == .unary { inFlight.calls -= 1 } else { inFlight.streams -= 1 }
        }
    }

    /// Ends a call without a handler.
    private func refuse(_ call: ServerCall, _ method: Int?, _ error: RPCError) {
        // The core must be able to report the end of every call.
        call.watchClose { if $0 { self.noteReset(of: call) } }
        call.finish(error)
        record(method, error.code, call, nil)
    }

    /// Counts a call that was cancelled as soon as it had begun, because many of these are an attack.
    private func noteReset(of call: ServerCall) {
        let now = MonotonicClock.now()
        guard now - call.startedAt < ConnectionTable.quickReset, !call.isAtDeadline(now),
            connections.countReset(ofPeer: call.peer, at: now)
        else { return }
        cut.increment()
        logger.warning("Cut a connection that cancels calls as soon as they have begun")
    }

    private func begin(_ exchange: RPCExchange, _ method: Int, _ message: ReceivedMessage?) {
        // Unstructured, because a call begins on a thread of the core. It is cancelled with the call, and stopping
        // waits until the table of calls is empty.
        let task = Task {
            await self.run(exchange, method, message)
            exchange.call.releaseTask()
        }
        exchange.call.adopt(task)
    }

    private func run(_ exchange: RPCExchange, _ method: Int, _ message: ReceivedMessage?) async {
        do {
            let answer = try await routes[method].handler(exchange, message)
            end(exchange, method, nil, message: answer)
        } catch {
            end(exchange, method, rpcError(of: error, exchange))
        }
    }

    private func end(_ exchange: RPCExchange, _ method: Int, _ error: RPCError?, message: [UInt8]? = nil) {
        let call = exchange.call
        var code = error?.code
        if call.isCancelled {
            code = call.isAtDeadline(MonotonicClock.now()) ? .deadlineExceeded : .cancelled
        }
        call.finish(error, message: message)
        record(method, code, call, exchange.context.trace)
        release(routes[method].kind)
        calls.remove(exchange)
    }

    private func rpcError(of error: any Error, _ exchange: RPCExchange) -> RPCError {
        if let convertible = error as? any RPCErrorConvertible { return convertible.rpcError }
        if error is CancellationError { return RPCError(.cancelled, "The call was cancelled.") }
        exchange.context.logger.error("A call handler failed", error: error)
        return RPCError(.internal, "The server has failed; its log knows more under the trace.")
    }

    private func record(_ method: Int?, _ code: RPCError.Code?, _ call: ServerCall, _ trace: TraceContext?) {
        let elapsed = MonotonicClock.now() - call.startedAt
        (method.map { methodMetrics[$0] } ?? unknownMetrics).record(code, nanoseconds: elapsed)
        let name = method.map { routes[$0].method } ?? ""
        logger.debug(
            "Answered a call",
            [
                .route: .string(name), .traceID: .string(trace?.traceIDText ?? ""),
                .status: .string(code?.name ?? "OK"),
                .duration: .seconds(.nanoseconds(elapsed)),
            ]
        )
        guard let trace else { return }
        tracer.record(
            trace,
            Span(
                String(name.dropFirst()),
                .server,
                trace,
                duration: elapsed,
                isFailure: code == .internal || code == .unavailable,
                attributes: [
                    ("rpc.system", .string("grpc")), ("rpc.method", .string(name)),
                    ("rpc.grpc.status_code", .integer(Int(code?.rawValue ?? 0))),
                ]
            )
        )
    }
}
