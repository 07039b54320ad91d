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
    /// What the queue is.
    let queue: LocationQueueConfiguration
    /// How much is held in memory.
    let index: IndexSettings

    /// The database for the index, which has connections of its own: however many questions are asked, it stays fresh.
    var indexDatabase: PostgresConfiguration {
        var database = database
        database.maximumConnections = 2
        database.acquireTimeout = .seconds(10)
        return database
    }

    /// Reads the settings.
    init(_ reader: inout EnvironmentReader) {
        http = HTTPServerConfiguration(&reader)
        database = PostgresConfiguration(&reader)
        queue = LocationQueueConfiguration(&reader)
        index = IndexSettings(&reader)
    }
}
