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
    /// The memory bound of the process, and the share of each part.
    let memory: MemoryShares
    /// How much is held in memory.
    let index: IndexSettings
    /// The most streams in all, and per client.
    let streams: (maximum: Int, perClient: Int)
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

    /// The longest time for sending an answer; a slower client needs smaller pages.
    private static let answerTimeout = Duration.seconds(600)

    /// Reads the settings.
    init(_ reader: inout EnvironmentReader) {
        var http = HTTPServerConfiguration(&reader)
        http.answerTimeout = Self.answerTimeout
        self.http = http
        database = PostgresConfiguration(&reader, role: "uda_connection")
        queue = LocationQueueConfiguration(&reader)
        memory = MemoryShares(MemoryBound(&reader, default: 512 << 20))
        index = IndexSettings(&reader, memory)
        streams = (
            reader.integer(
                "STREAMS_MAX",
                default: 256,
                in: 1...100_000,
                "Streams of events at most; more are answered 503."
            ),
            reader.integer(
                "STREAMS_MAX_PER_CLIENT",
                default: 16,
                in: 1...100_000,
                "Streams of events of one client address at most; more are answered 429."
            )
        )
        reader.require(
            streams.maximum < http.maximumConnections,
            key: "STREAMS_MAX",
            "STREAMS_MAX must be less than HTTP_MAX_CONNECTIONS, so that other requests find a connection."
        )
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
