package import GRPCServer
package import ServiceRuntime

extension RPCServerConfiguration {
    /// Reads the gRPC server's settings.
    package init(_ reader: inout EnvironmentReader) {
        self.init()
        host = reader.string("GRPC_HOST", default: "0.0.0.0", "Address to listen on for gRPC.")
        port = reader.integer(
            "GRPC_PORT",
            default: 5005,
            in: 0...65_535,
            "TCP port to listen on for gRPC; 0 takes any."
        )
        threads = reader.integer(
            "GRPC_THREADS",
            default: 0,
            in: 0...256,
            "Threads that read and write sockets for gRPC; 0 takes one for each core."
        )
        maximumConnections = reader.integer(
            "GRPC_MAX_CONNECTIONS",
            default: maximumConnections,
            in: 1...1_000_000,
            "Connections for gRPC at most; more are closed at once."
        )
        maximumConnectionsPerAddress = reader.integer(
            "GRPC_MAX_CONNECTIONS_PER_ADDRESS",
            default: maximumConnectionsPerAddress,
            in: 1...1_000_000,
            "Connections for gRPC from one address at most; a reverse proxy is one address."
        )
        maximumCalls = reader.integer(
            "GRPC_MAX_CALLS",
            default: maximumCalls,
            in: 1...1_000_000,
            "Unary gRPC calls in progress at most; more are answered RESOURCE_EXHAUSTED at once."
        )
        maximumStreams = reader.integer(
            "GRPC_MAX_STREAMS",
            default: maximumStreams,
            in: 1...1_000_000,
            "Streaming gRPC calls in progress at most; more are answered RESOURCE_EXHAUSTED at once."
        )
        offersReflection = reader.boolean(
            "GRPC_REFLECTION",
            default: offersReflection,
            "Whether tools such as grpcurl may ask what the server offers."
        )
    }
}

extension RPCServer {
    /// How often the checks are asked, for those who watch.
    private static let healthPeriod = Duration.milliseconds(500)

    /// Makes a service's server: its methods, health and, if the configuration says so, reflection.
    ///
    /// - Parameters:
    ///   - configuration: where to listen, and the bounds.
    ///   - router: the service's own methods.
    ///   - descriptors: their files, each a `google.protobuf.FileDescriptorSet`.
    ///   - health: what `grpc.health.v1` tells.
    ///   - process: whose logger and metrics are used.
    /// - Returns: to be started after everything that handlers use.
    package static func service(
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
