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
    }
}

extension RPCServer {
    /// To be started after everything that handlers use.
    package var service: Service {
        Service(name: "gRPC server", start: { try await self.start() }, stop: { await self.stop() })
    }
}
