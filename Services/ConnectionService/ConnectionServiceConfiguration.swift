import HTTPServer
import Models
import Postgres
import Proximity
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
    /// Which locations make meetings.
    let plausibility: Plausibility

    /// The database for the index, which has connections of its own: however many questions are asked, it stays fresh.
    var indexDatabase: PostgresConfiguration {
        var database = database
        database.applicationName = "udaconnect-index"
        database.maximumConnections = 2
        database.acquireTimeout = .seconds(10)
        return database
    }

    /// Reads the settings.
    init(_ reader: inout EnvironmentReader) {
        http = HTTPServerConfiguration(&reader)
        database = PostgresConfiguration(&reader, role: "uda_connection")
        queue = LocationQueueConfiguration(&reader)
        index = IndexSettings(&reader)
        plausibility = Plausibility(&reader)
    }
}

extension Plausibility {
    /// Reads the settings; places that an app made up never count.
    fileprivate init(_ reader: inout EnvironmentReader) {
        self.init()
        greatestAccuracy = Accuracy(
            wholeMetres: reader.integer(
                "MEETING_MAX_ACCURACY",
                default: 100,
                in: 1...65_535,
                "Metres: locations known less well make no meetings, unless asked for."
            )
        )
        greatestSpeed = Double(
            reader.integer(
                "MEETING_MAX_SPEED",
                default: 340,
                in: 250...100_000,
                "Metres per second: locations that one must go faster to reach and to leave make none either."
            )
        )
        includesMocks = false
    }
}
