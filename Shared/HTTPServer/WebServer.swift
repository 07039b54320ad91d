import Glibc
import Networking
package import Observability
import Synchronization

/// An HTTP/1.1 server: libmicrohttpd reads and writes, Swift tasks answer.
///
/// ```swift
/// let server = WebServer(configuration: configuration, router: router, logger: logger, metrics: metrics)
/// try await server.start()
/// …
/// await server.stop()
/// ```
package final class WebServer: Sendable {
    private struct State {
        var daemon: Daemon?
        var reaper: Reaper?
        var port: Int?
        var isStarted = false
    }

    /// How much of an answer the kernel takes before it can be sent, in bytes of a connection.
    ///
    /// Its own bound is megabytes: a thousand clients that do not read would be all of its memory for TCP, and every
    /// other connection would crawl.
    private static let unsentBytes: Int32 = 32 << 10
    /// How long connections that were cut off are given to go.
    private static let abortGrace: Int64 = 5_000_000_000

    private let configuration: HTTPServerConfiguration
    private let router: Router
    private let logger: Logger
    private let service: RequestService
    private let reaped: Counter
    private let state = Mutex(State())

    /// Makes a server that does not listen yet.
    ///
    /// - Parameters:
    ///   - configuration: where to listen, and the bounds.
    ///   - router: what to answer.
    ///   - logger: gets a line for each request, at the configured level, and for each error that no handler foresaw.
    ///   - metrics: gets the `http_…` metrics.
    ///   - tracer: gets a span for each request that a handler answers, but for those of probes.
    package init(
        configuration: HTTPServerConfiguration,
        router: Router,
        logger: Logger,
        metrics: MetricsRegistry,
        tracer: Tracer = .disabled
    ) {
        var configuration = configuration
        configuration.maximumConnections = min(configuration.maximumConnections, DescriptorLimit.ofHTTPServer)
        self.configuration = configuration
        self.router = router
        self.logger = logger
        service = RequestService(
            configuration: configuration,
            router: router,
            logger: logger,
            metrics: metrics,
            tracer: tracer
        )
        reaped = metrics.counter(
            "http_connections_reaped_total",
            "Connections that were cut off because they were late or their client was gone."
        )
    }

    /// The port that is listened on; before the start, the one that is asked for.
    package var port: Int { state.withLock { $0.port } ?? configuration.port }

    /// Listens; requests are answered from now on.
    ///
    /// - Throws: ``HTTPServerError``, and `ListeningError`, for instance that another process has the port.
    package func start() async throws {
        guard router.conflicts.isEmpty else { throw HTTPServerError.conflictingRoutes(router.conflicts) }
        let wasStarted = state.withLock { state in
            defer { state.isStarted = true }
            return state.isStarted
        }
        guard !wasStarted else { throw HTTPServerError.alreadyStarted }
        let (socket, port) = try ListeningSocket.open(
            host: configuration.host,
            port: configuration.port,
            options: [.unsentBytes(Self.unsentBytes)]
        )
        guard let daemon = Daemon(socket: socket, configuration: configuration, service: service) else {
            close(socket)
            throw HTTPServerError.noThreads(port: port)
        }
        let reaper = Reaper(connections: service.connections, reaped: reaped)
        state.withLock { state in
            state.daemon = daemon
            state.reaper = reaper
            state.port = port
        }
        logger.info(
            "The HTTP server listens.",
            [
                .component: .string(configuration.name ?? ""), .host: .string(configuration.host),
                .port: .integer(port),
            ]
        )
    }

    /// Stops to listen, answers what was asked, and ends all connections.
    ///
    /// Returns when all is ended: after ``HTTPServerConfiguration/drainTimeout`` what is not answered is cut off, and
    /// handlers are cancelled. A client that stalls does not hold it up.
    package func stop() async {
        let (daemon, reaper) = state.withLock { ($0.daemon.take(), $0.reaper.take()) }
        guard let daemon else { return }
        daemon.quiesce()
        service.connections.drain()
        let deadline = MonotonicClock.now() + configuration.drainTimeout.nanoseconds
        if await !service.connections.waitUntilEmpty(until: deadline) {
            logger.warning(
                "Connections are cut off because they did not end in time.",
                [.count: .integer(service.connections.count)]
            )
            service.connections.abortAll()
            guard await service.connections.waitUntilEmpty(until: MonotonicClock.now() + WebServer.abortGrace) else {
                // libmicrohttpd ends the process if it is stopped with a suspended connection; better leave it be.
                logger.error("The HTTP server could not end all connections.")
                return
            }
        }
        await daemon.stop()
        withExtendedLifetime(reaper) {}
        logger.info("The HTTP server has stopped.", [.port: .integer(port)])
    }
}
