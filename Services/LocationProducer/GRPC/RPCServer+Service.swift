import GRPCServer
import ServiceRuntime

extension RPCServerConfiguration {
    /// Reads the gRPC server's settings.
    init(_ reader: inout EnvironmentReader) {
        self.init()
        host = reader.string("GRPC_HOST", default: "0.0.0.0", "Address to listen on for gRPC.")
        port = reader.integer(
            "GRPC_PORT",
            default: 5005,
            in: 0...65_535,
            "TCP port to listen on for gRPC; 0 chooses a free one."
        )
        threads = reader.integer(
            "GRPC_THREADS",
            default: 0,
            in: 0...256,
            "Threads for gRPC's socket I/O; 0 means one per core."
        )
        maximumConnections = reader.integer(
            "GRPC_MAX_CONNECTIONS",
            default: maximumConnections,
            in: 1...1_000_000,
            "Maximum number of gRPC connections; further ones are closed at once."
        )
        maximumConnectionsPerAddress = reader.integer(
            "GRPC_MAX_CONNECTIONS_PER_ADDRESS",
            default: maximumConnectionsPerAddress,
            in: 1...1_000_000,
            "Maximum number of gRPC connections per client address; a reverse proxy is one address."
        )
        maximumCalls = reader.integer(
            "GRPC_MAX_CALLS",
            default: maximumCalls,
            in: 1...1_000_000,
            "Maximum number of unary gRPC calls in progress; further ones are answered RESOURCE_EXHAUSTED at once."
        )
        maximumStreams = reader.integer(
            "GRPC_MAX_STREAMS",
            default: maximumStreams,
            in: 1...1_000_000,
            "Maximum number of streaming gRPC calls in progress; further ones are answered RESOURCE_EXHAUSTED at once."
        )
        offersReflection = reader.boolean(
            "GRPC_REFLECTION",
            default: offersReflection,
            "Whether the server offers reflection, for tools such as grpcurl."
        )
    }
}

extension RPCServer {
    /// The period of health checks, for clients that watch.
    private static let healthPeriod = Duration.milliseconds(500)

    /// Makes a service's server: its methods, health and, if configured, reflection.
    ///
    /// - Parameters:
    ///   - configuration: the server's settings.
    ///   - router: the service's methods.
    ///   - descriptors: the methods' files, each a `google.protobuf.FileDescriptorSet`.
    ///   - health: the source of `grpc.health.v1`.
    ///   - process: provides logger, metrics and tracer.
    /// - Returns: the service; start it after everything that handlers use.
    static func service(
        _ configuration: RPCServerConfiguration,
        _ router: RPCRouter,
        descriptors: [[UInt8]],
        _ health: Health,
        _ process: ServiceProcess
    ) -> Service {
        let told = HealthService(services: router.services)
        var router = router
        router.addStandardServices(health: told, descriptors: configuration.offersReflection ? descriptors : nil)
        let server = RPCServer(
            configuration: configuration,
            router: router,
            health: told,
            logger: process.logger,
            metrics: process.metrics,
            tracer: process.tracer
        )
        return Service(
            name: "gRPC server",
            start: { try await server.start() },
            run: {
                while true {
                    told.setServing(await health.report().isReady)
                    try await Task.sleep(for: healthPeriod)
                }
            },
            stop: { await server.stop() }
        )
    }
}
