internal import Concurrency
import Glibc
import Networking
package import Observability
import Synchronization

/// A gRPC server: gRPC's C core reads and writes, Swift tasks answer.
///
/// ```swift
/// let server = RPCServer(configuration: configuration, router: router, logger: logger, metrics: metrics)
/// try await server.start()
/// …
/// await server.stop()
/// ```
package final class RPCServer: Sendable {
    private struct State {
        var core: CoreServer?
        var acceptor: Acceptor?
        var reaper: PeriodicTimer?
        var port: Int?
        var isStarted = false
    }

    /// How long the kernel keeps a silent connection before it is accepted, in seconds.
    private static let silence: Int32 = 10
    /// How long to wait for calls that were cut.
    private static let abortGrace = Duration.seconds(5)

    private let configuration: RPCServerConfiguration
    private let router: RPCRouter
    private let logger: Logger
    private let health: HealthService?
    private let service: CallService
    private let reaped: Counter
    private let connectionMetrics: ConnectionMetrics
    private let state = Mutex(State())

    /// A server that does not listen yet.
    ///
    /// - Parameters:
    ///   - configuration: the address and the limits.
    ///   - router: the methods.
    ///   - health: becomes not serving before the server stops listening.
    ///   - logger: logs each call at debug level, and each unexpected error.
    ///   - metrics: gets the `grpc_…` metrics.
    ///   - tracer: records a span for each call of a known method.
    package init(
        configuration: RPCServerConfiguration,
        router: RPCRouter,
        health: HealthService? = nil,
        logger: Logger,
        metrics: MetricsRegistry,
        tracer: Tracer = .disabled
    ) {
        var configuration = configuration
        configuration.maximumConnections = min(configuration.maximumConnections, DescriptorLimit.ofRPCServer)
        self.health = health
        self.configuration = configuration
        self.router = router
        self.logger = logger
        service = CallService(configuration, router.routes, logger, metrics, tracer)
        connectionMetrics = ConnectionMetrics(metrics, service.connections)
        reaped = metrics.counter("grpc_calls_reaped_total", "Calls that were ended because they took too long.")
    }

    /// The port; before the start, the configured one.
    package var port: Int { state.withLock { $0.port } ?? configuration.port }

    /// Starts to listen and to answer calls.
    ///
    /// - Throws: ``RPCServerError``, and `ListeningError`, for example if another process has the port.
    package func start() async throws {
        guard router.conflicts.isEmpty else { throw RPCServerError.conflictingMethods(router.conflicts) }
        let wasStarted = state.withLock { state in
            defer { state.isStarted = true }
            return state.isStarted
        }
        guard !wasStarted else { throw RPCServerError.alreadyStarted }
        CoreLibrary.setUp(logger: logger)
        let service = service
        let (socket, port) = try ListeningSocket.open(
            host: configuration.host,
            port: configuration.port,
            options: [.noDelay, .deferAccept(seconds: Self.silence)]
        )
        let core = CoreServer(configuration, methods: router.methods) { service.accept($0, of: $1) }
        guard let core else {
            close(socket)
            throw RPCServerError.noThreads(port: port)
        }
        core.start()
        let acceptor = Acceptor(socket, service.connections, connectionMetrics) { core.take($0) }
        guard let acceptor else {
            close(socket)
            await core.shutDown()
            await core.destroy()
            throw RPCServerError.noThreads(port: port)
        }
        let reaper = PeriodicTimer("grpc.reaper", every: .milliseconds(50)) { [reaped] in
            reaped.increment(by: service.calls.reap(at: MonotonicClock.now()))
        }
        state.withLock { state in
            state.core = core
            state.acceptor = acceptor
            state.reaper = reaper
            state.port = port
        }
        logger.info("The gRPC server listens", [.host: .string(configuration.host), .port: .integer(port)])
    }

    /// Notifies health watchers, stops listening, drains calls, and closes all connections.
    ///
    /// After ``RPCServerConfiguration/drainTimeout`` it cuts the remaining calls and cancels their handlers. A stalled
    /// client does not delay it.
    package func stop() async {
        let (core, acceptor, reaper) = state.withLock { ($0.core.take(), $0.acceptor.take(), $0.reaper.take()) }
        guard let core else { return }
        await health?.stop(within: .seconds(1))
        await acceptor?.stop()
        service.calls.drain()
        await withDiscardingTaskGroup { group in
            group.addTask { [configuration, logger, service] in
                guard (try? await Task.sleep(for: configuration.drainTimeout)) != nil else { return }
                logger.warning(
                    "Cut calls that did not end in time",
                    [.count: .integer(service.calls.count)]
                )
                core.cancelAllCalls()
            }
            await core.shutDown()
            group.cancelAll()
        }
        guard await withTimeout(Self.abortGrace, service.calls.waitUntilEmpty) ?? false else {
            // The core must not be destroyed while a handler may still use its call, so it stays.
            logger.error("Handlers of the gRPC server do not end", [.count: .integer(service.calls.count)])
            return
        }
        await core.destroy()
        withExtendedLifetime(reaper) {}
        logger.info("The gRPC server has stopped", [.port: .integer(port)])
    }
}
