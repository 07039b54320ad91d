import HTTPServer
import Postgres
import ServiceRuntime
import ServiceWiring

/// What person-service is told by its environment.
struct PersonServiceConfiguration {
    /// The HTTP server.
    let http: HTTPServerConfiguration
    /// The database.
    let database: PostgresConfiguration

    /// Reads the settings.
    init(_ reader: inout EnvironmentReader) {
        http = HTTPServerConfiguration(&reader)
        database = PostgresConfiguration(&reader)
    }
}
