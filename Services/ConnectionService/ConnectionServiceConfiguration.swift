import HTTPServer
import Postgres
import ServiceRuntime
import ServiceWiring

/// What connection-service is told by its environment.
struct ConnectionServiceConfiguration {
    /// The HTTP server.
    let http: HTTPServerConfiguration
    /// The database.
    let database: PostgresConfiguration
    /// How much is held in memory.
    let index: IndexSettings

    /// Reads the settings.
    init(_ reader: inout EnvironmentReader) {
        http = HTTPServerConfiguration(&reader)
        database = PostgresConfiguration(&reader)
        index = IndexSettings(&reader)
    }
}
