internal import Concurrency
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
        var reaper: PeriodicTimer?
        var port: Int?
        var isStarted = false
    }

    /// The kernel's send buffer per connection, in bytes.
    ///
    /// The kernel's own limit is megabytes: a thousand clients that do not read would use all of its memory for TCP and
    /// slow every other connection.
    private static let unsentBytes: Int32 = 32 << 10
    /// How long to wait for connections that were cut.
    private static let abortGrace = Duration.seconds(5)

    private let configuration: HTTPServerConfiguration
    private let router: Router
    private let logger: Logger
    private let service: RequestService
    private let reaped: Counter
    private let state = Mutex(State())

    /// A server that does not listen yet.
    ///
    /// - Parameters:
    ///   - configuration: the address and the limits.
    ///   - router: the routes.
    ///   - logger: logs each request at the configured level, and each unexpected error.
    ///   - metrics: gets the `http_…` metrics.
    ///   - tracer: records a span for each request that a handler answers, except probes.
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
            "Connections that were cut because they were late or their client had disconnected."
        )
    }

    /// The port; before the start, the configured one.
    package var port: Int { state.withLock { $0.port } ?? configuration.port }

    /// Starts to listen and to answer requests.
    ///
    /// - Throws: ``HTTPServerError``, and `ListeningError`, for example if another process has the port.
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
        let reaper = PeriodicTimer("http.reaper", every: .milliseconds(50)) { [service, reaped] in
            reaped.increment(by: service.connections.reap(at: MonotonicClock.now()))
        }
        state.withLock { state in
            state.daemon = daemon
            state.reaper = reaper
            state.port = port
        }
        logger.info(
            "The HTTP server listens",
            [
                .component: .string(configuration.name ?? ""), .host: .string(configuration.host),
                .port: .integer(port),
            ]
        )
    }

    /// Stops listening, drains requests, and closes all connections.
    ///
    /// After ``HTTPServerConfiguration/drainTimeout`` it cuts unanswered requests and cancels their handlers. A stalled
    /// client does not delay it.
    package func stop() async {
        let (daemon, reaper) = state.withLock { ($0.daemon.take(), $0.reaper.take()) }
        guard let daemon else { return }
        daemon.quiesce()
        service.connections.drain()
        if await !service.connections.waitUntilEmpty(upTo: configuration.drainTimeout) {
            logger.warning(
                "Cut connections that did not end in time",
                [.count: .integer(service.connections.count)]
            )
            service.connections.abortAll()
            guard await service.connections.waitUntilEmpty(upTo: WebServer.abortGrace) else {
                // libmicrohttpd ends the process if it is stopped with a suspended connection, so it keeps running.
                logger.error("The HTTP server could not end all connections")
                return
            }
        }
        await daemon.stop()
        withExtendedLifetime(reaper) {}
        logger.info("The HTTP server has stopped", [.port: .integer(port)])
    }
}
