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
        var reaper: CallReaper?
        var port: Int?
        var isStarted = false
    }

    /// How long the kernel keeps a connection that says nothing before it is accepted, in seconds.
    private static let silence: Int32 = 10
    /// How long calls that were cut off are given to go.
    private static let abortGrace = Duration.seconds(5)

    private let configuration: RPCServerConfiguration
    private let router: RPCRouter
    private let logger: Logger
    private let health: HealthService?
    private let service: CallService
    private let reaped: Counter
    private let connectionMetrics: ConnectionMetrics
    private let state = Mutex(State())

    /// Makes a server that does not listen yet.
    ///
    /// - Parameters:
    ///   - configuration: where to listen, and the bounds.
    ///   - router: what to answer.
    ///   - health: told when the server stops, before it stops to listen.
    ///   - logger: gets a line for each call at debug level, and for each error that no handler foresaw.
    ///   - metrics: gets the `grpc_…` metrics.
    ///   - tracer: gets a span for each call of a known method.
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

    /// The port that is listened on; before the start, the one that is asked for.
    package var port: Int { state.withLock { $0.port } ?? configuration.port }

    /// Listens; calls are answered from now on.
    ///
    /// - Throws: ``RPCServerError``, and `ListeningError`, for instance that another process has the port.
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
        let reaper = CallReaper(calls: service.calls, reaped: reaped)
        state.withLock { state in
            state.core = core
            state.acceptor = acceptor
            state.reaper = reaper
            state.port = port
        }
        logger.info("The gRPC server listens.", [.host: .string(configuration.host), .port: .integer(port)])
    }

    /// Says so to who watches its health, stops to listen, lets calls end, and ends all connections.
    ///
    /// Returns when all is ended: after ``RPCServerConfiguration/drainTimeout`` what has not ended is cut off, and
    /// handlers are cancelled. A client that stalls does not hold it up.
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
                    "Calls are cut off because they did not end in time.",
                    [.count: .integer(service.calls.count)]
                )
                core.cancelAllCalls()
            }
            await core.shutDown()
            group.cancelAll()
        }
        guard await waitForHandlers() else {
            // The core must not go while a handler may still use its call; better leave it be.
            logger.error("Handlers of the gRPC server do not end.", [.count: .integer(service.calls.count)])
            return
        }
        await core.destroy()
        withExtendedLifetime(reaper) {}
        logger.info("The gRPC server has stopped.", [.port: .integer(port)])
    }

    /// Whether all handlers ended, whose calls are all over.
    private func waitForHandlers() async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { [service] in
                await service.calls.waitUntilEmpty()
                return true
            }
            group.addTask {
                try? await Task.sleep(for: Self.abortGrace)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }
}
