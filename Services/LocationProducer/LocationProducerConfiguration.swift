import GRPCServer
import HTTPServer
import Postgres
import ServiceRuntime
import ServiceWiring

/// What location-producer is told by its environment.
struct LocationProducerConfiguration {
    /// The HTTP server.
    let http: HTTPServerConfiguration
    /// The gRPC server.
    let grpc: RPCServerConfiguration
    /// The database that holds the embedded queue.
    let database: PostgresConfiguration
    /// What the queue is.
    let queue: LocationQueueConfiguration

    /// Reads the settings.
    init(_ reader: inout EnvironmentReader) {
        http = HTTPServerConfiguration(&reader)
        grpc = RPCServerConfiguration(&reader)
        database = PostgresConfiguration(&reader)
        queue = LocationQueueConfiguration(&reader)
    }
}
