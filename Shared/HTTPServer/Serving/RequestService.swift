import CMicroHTTPD
import Concurrency
import Networking
import Observability
import Synchronization

/// Connects the transport and the routes: admits requests, runs handlers, finishes and records answers.
final class RequestService: Sendable {
    /// How long a client may continue sending after an early answer.
    static let lingerTime: Int64 = 5_000_000_000

    let headTimeout: Int64
    let idleTimeout: Int64
    let bodyGrace: Int64
    let requestTimeout: Int64
    let answerTimeout: Int64?
    /// The pace is checked in intervals of half the time-out.
    let writePace: ConnectionRecord.Pace
    /// In bytes per second.
    let minimumBodyRate: Int64
    /// All connections.
    let connections: ConnectionTable

    private let router: Router
    private let finisher: ResponseFinisher
    private let logger: Logger
    private let tracer: Tracer
    private let accessLogLevel: LogLevel
    private let maximumRequestsInFlight: Int
    private let maximumBody: Int
    private let trustedProxies: AddressRanges
    private let crossOrigin: CrossOrigin
    private let inFlight = Atomic(0)
    private let routeMetrics: [RouteMetrics]
    private let unroutedMetrics: RouteMetrics

    init(
        configuration: HTTPServerConfiguration,
        router: Router,
        logger: Logger,
        metrics: MetricsRegistry,
        tracer: Tracer
    ) {
        connections = ConnectionTable(limit: configuration.maximumConnections)
        headTimeout = configuration.headTimeout.nanoseconds
        idleTimeout = configuration.idleTimeout.nanoseconds
        bodyGrace = configuration.bodyGrace.nanoseconds
        requestTimeout = configuration.requestTimeout.nanoseconds
        answerTimeout = configuration.answerTimeout?.nanoseconds
        minimumBodyRate = Int64(max(1, configuration.minimumBodyRate))
        let half = configuration.writeTimeout.nanoseconds / 2
        let (bytes, isOverflow) = half.multipliedReportingOverflow(by: minimumBodyRate)
        writePace = ConnectionRecord.Pace(
            interval: half,
            minimum: UInt64(max(1, isOverflow ? .max : bytes / 1_000_000_000))
        )
        maximumRequestsInFlight = configuration.maximumRequestsInFlight
        maximumBody = configuration.maximumBody
        trustedProxies = configuration.trustedProxies
        crossOrigin = CrossOrigin(allowed: configuration.allowedOrigins)
        accessLogLevel = configuration.accessLogLevel
        finisher = ResponseFinisher(configuration)
        self.router = router
        self.logger = logger
        self.tracer = tracer
        routeMetrics = router.routes.map { RouteMetrics(metrics, method: $0.method.rawValue, template: $0.template) }
        unroutedMetrics = RouteMetrics(metrics, method: "other", template: "none")
        let labels = configuration.name.map { [("server", $0)] } ?? []
        metrics.gauge("http_requests_in_flight", "Requests in progress.", labels: labels) { [weak self] in
            Double(self?.inFlight.load(ordering: .relaxed) ?? 0)
        }
        metrics.gauge("http_connections", "Open connections.", labels: labels) { [connections] in
            Double(connections.count)
        }
    }

    var isDraining: Bool { connections.isDraining }
    /// The number of running handlers.
    var requestsInFlight: Int { inFlight.load(ordering: .relaxed) }

    // MARK: Connections

    /// Adds a connection; returns `nil` if no more are accepted.
    func open(_ connection: OpaquePointer) -> ConnectionRecord? {
        let address = CMicroHTTPD_address(connection).flatMap { SocketAddress($0)?.host } ?? ""
        let record = ConnectionRecord(
            socket: CMicroHTTPD_socket(connection),
            peer: Peer(address: address, isTrusted: trustedProxies.contains(address)),
            deadline: MonotonicClock.now() + headTimeout
        )
        return connections.insert(record) ? record : nil
    }

    func close(_ record: ConnectionRecord) {
        record.close()
        connections.remove(record)
    }

    // MARK: Requests

    /// Who answers a request: a handler or the server itself.
    enum Admission {
        case handle(Exchange.Assignment)
        case answer(PreparedAnswer)
    }

    /// Decides who answers a request.
    ///
    /// It runs on the connection's thread, so it must not wait or compute much.
    func admit(
        _ head: RequestHead,
        body: any RequestBodySource,
        peer: Peer,
        startedAt: Int64
    ) -> Admission {
        // An untrusted client neither chooses the request's id nor whether it is traced.
        let id = peer.isTrusted ? RequestID.accept(head.headers["X-Request-Id"]) ?? RequestID.next() : RequestID.next()
        do throws(Problem) {
            let content = RequestBody(
                source: body,
                announcedLength: head.isChunked ? nil : head.contentLength ?? 0,
                isGzip: try ContentCoding.isGzip(head.headers["Content-Encoding"]),
                limit: maximumBody
            )
            var request = try Request(
                head.method,
                head.target,
                headers: head.headers,
                body: content,
                id: id,
                trace: tracer.context(continuing: peer.isTrusted ? head.headers["traceparent"] : nil),
                peer: peer,
                logger: logger
            )
            switch try router.match(head.method, request.path) {
            case .route(let route, let parameters):
                guard route.isAlwaysAdmitted || requestsInFlight < maximumRequestsInFlight else {
                    throw Problem.unavailable("The server has as many requests to answer as it takes.")
                }
                request.route = route.template
                request.parameters = parameters
                do throws(Problem) {
                    if !route.isSafe { try crossOrigin.check(head.headers) }
                    try route.admit(&request, by: router.requestGuard)
                } catch {
                    record(route, head.method, error.status, id: id, startedAt: startedAt)
                    return .answer(finisher.finish(error, id: id, answering: head))
                }
                return .handle(Exchange.Assignment(request: request, route: route, startedAt: startedAt))
            case .methods(let allowed):
                let response = try Router.answerWithoutRoute(request, allowed: allowed)
                record(nil, request.method, response.status, id: id, startedAt: startedAt)
                return .answer(finisher.finish(response, to: request).answer)
            case .nothing:
                throw Router.noSuchPath
            }
        } catch {
            record(nil, head.method, error.status, id: id, startedAt: startedAt)
            return .answer(finisher.finish(error, id: id, answering: head))
        }
    }

    /// Answers a head that was refused.
    func refuse(_ problem: Problem, startedAt: Int64) -> PreparedAnswer {
        let id = RequestID.next()
        record(nil, nil, problem.status, id: id, startedAt: startedAt)
        return finisher.finish(problem, id: id)
    }

    /// Counts a request for a handler.
    func begin() {
        inFlight.add(1, ordering: .relaxed)
    }

    /// Produces and sends the answer; the body of a request's task.
    func run(_ assignment: Exchange.Assignment, on exchange: Exchange) async {
        defer { inFlight.subtract(1, ordering: .relaxed) }
        let request = assignment.request
        let response: Response
        do {
            response = try await assignment.route.respond(to: request)
        } catch is ClientDisconnected {
            return exchange.abort()
        } catch {
            response = self.response(to: error, request)
        }
        let finished = finisher.finish(response, to: request)
        guard exchange.answer(finished.answer) else { return }
        record(assignment, finished.answer.status)
        if let produce = finished.stream {
            // Open pages would soon use up the limit of requests; the limit of connections bounds them.
            if response.isLasting { inFlight.subtract(1, ordering: .relaxed) }
            defer { if response.isLasting { inFlight.add(1, ordering: .relaxed) } }
            await stream(produce, until: response.end, isCompressed: finished.isCompressed, request, on: exchange)
        }
    }

    private func stream(
        _ produce: @escaping @Sendable (ResponseWriter) async throws -> Void,
        until end: (@Sendable () async throws -> Void)?,
        isCompressed: Bool,
        _ request: Request,
        on exchange: Exchange
    ) async {
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let writer = ResponseWriter(sink: exchange, deflater: isCompressed ? Deflater() : nil)
                    try await produce(writer)
                    try await writer.finish()
                }
                if let end { group.addTask { try await end() } }
                try await group.next()
                group.cancelAll()
            }
            exchange.finishStream(whole: true)
        } catch {
            exchange.finishStream(whole: false)
            if !(error is ClientDisconnected || error is CancellationError) {
                request.logger.error(
                    "A streamed response failed",
                    error: error,
                    [.route: .string(request.route)]
                )
            }
        }
    }

    /// Answers instead of a handler that takes too long.
    func answerLate(_ assignment: Exchange.Assignment, on exchange: Exchange) {
        let problem = Problem.unavailable("The answer was not ready in time.")
        let response = problem.response(instance: assignment.request.id)
        guard exchange.answer(finisher.finish(response, to: assignment.request).answer) else { return }
        record(assignment, problem.status)
    }

    private func response(to error: any Error, _ request: Request) -> Response {
        if let convertible = error as? any ProblemConvertible {
            return convertible.problem.response(instance: request.id)
        }
        if error is CancellationError {
            return Problem.unavailable("The request was cancelled.").response(instance: request.id)
        }
        request.logger.error("A request handler failed", error: error, [.route: .string(request.route)])
        return Problem(.internalServerError, "The server has failed; its log knows more under the instance.")
            .response(instance: request.id)
    }

    /// Records a handler's answer.
    private func record(_ assignment: Exchange.Assignment, _ status: HTTPStatus) {
        let (route, request) = (assignment.route, assignment.request)
        let elapsed = record(
            route,
            request.method,
            status,
            id: request.id,
            request.trace,
            startedAt: assignment.startedAt
        )
        // Probes are frequent and their traces useless.
        guard !route.isAlwaysAdmitted else { return }
        tracer.record(
            request.trace,
            Span(
                "\(request.method.rawValue) \(route.template)",
                .server,
                request.trace,
                duration: elapsed,
                isFailure: status.code >= 500,
                attributes: [
                    ("http.request.method", .string(request.method.rawValue)), ("http.route", .string(route.template)),
                    ("http.response.status_code", .integer(status.code)),
                ]
            )
        )
    }

    /// Records an answer; returns its duration in nanoseconds.
    @discardableResult
    private func record(
        _ route: Route?,
        _ method: HTTPMethod?,
        _ status: HTTPStatus,
        id: String,
        _ trace: TraceContext? = nil,
        startedAt: Int64
    ) -> Int64 {
        let elapsed = MonotonicClock.now() - startedAt
        (route.map { routeMetrics[$0.index] } ?? unroutedMetrics).record(status: status, nanoseconds: elapsed)
        logger.log(
            accessLogLevel,
            "Answered a request",
            [
                .requestID: .string(id),
                .traceID: .string(trace?.traceIDText ?? ""),
                .method: .string(method?.rawValue ?? ""),
                .route: .string(route?.template ?? ""),
                .status: .integer(status.code),
                .duration: .seconds(.nanoseconds(elapsed)),
            ]
        )
        return elapsed
    }
}
