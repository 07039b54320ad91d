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
    /// How much memory it may take.
    let memory: MemoryBound
    /// Where Traccar Client, OsmAnd and GPSLogger knock.
    let osmandPort: Int
    /// Whether phones have to show their tokens.
    let deviceTokens: DeviceTokens
    /// Where meetings are asked for; nowhere if `nil`.
    let connectionService: String?
    /// How long a phone's acknowledgement may wait for them.
    let meetingsTimeout: Duration
    /// The most that a batch of lines may have.
    let lines: LineBounds
    /// When locations are refused because the disk is nearly full.
    let storage: StorageBounds
    /// How long an answer is good for that has a key.
    let idempotencyLifetime: Duration

    /// What is asked of a phone whose protocol has a place for a token.
    enum DeviceTokens: String, CaseIterable {
        /// A token that is shown has to be right.
        case optional
        /// A phone without its token is refused.
        case required
    }

    /// The HTTP server of ``osmandPort``.
    var osmand: HTTPServerConfiguration {
        var osmand = http
        osmand.name = "osmand"
        osmand.port = osmandPort
        return osmand
    }

    /// The database for looking devices up, with connections of its own: they wait for no queue.
    var deviceDatabase: PostgresConfiguration {
        var devices = database
        devices.applicationName = "udaconnect-devices"
        devices.maximumConnections = 2
        return devices
    }

    /// The database for looking persons up, with connections of its own: a flood of unknown persons keeps no phone waiting.
    ///
    /// Lookups wait for one of two connections, so that no more than two are under way.
    var personDatabase: PostgresConfiguration {
        var persons = database
        persons.applicationName = "udaconnect-persons"
        persons.maximumConnections = 2
        persons.acquireTimeout = .seconds(2)
        return persons
    }

    /// Reads the settings.
    init(_ reader: inout EnvironmentReader) {
        http = HTTPServerConfiguration(&reader)
        var grpc = RPCServerConfiguration(&reader)
        database = PostgresConfiguration(&reader, role: "uda_producer")
        queue = LocationQueueConfiguration(&reader)
        osmandPort = reader.integer(
            "OSMAND_PORT",
            default: 5055,
            in: 0...65_535,
            "TCP port for Traccar Client, OsmAnd and GPSLogger; 0 takes any."
        )
        deviceTokens = reader.choice(
            "DEVICE_TOKENS",
            default: .optional,
            "Whether OwnTracks and Overland have to show the token of a device; a wrong one is always refused."
        )
        connectionService = reader.optionalString(
            "CONNECTION_URL",
            "Address of connection-service, so that phones are told whom their owners met; if not set, of nobody."
        )
        meetingsTimeout = reader.duration(
            "MEETINGS_TIMEOUT",
            default: .milliseconds(250),
            in: .milliseconds(1)...(.seconds(5)),
            "How long a phone's acknowledgement waits for the people met at most."
        )
        lines = LineBounds(
            bytes: reader.bytes(
                "NDJSON_MAX_BYTES",
                default: 256 << 20,
                in: 1 << 20...1 << 40,
                "The most bytes of a batch of lines, unfolded; a piece of it is in memory at a time."
            ),
            lines: reader.integer(
                "NDJSON_MAX_LINES",
                default: 1_000_000,
                in: 10_000...1_000_000_000,
                "The most lines of such a batch."
            )
        )
        idempotencyLifetime = reader.duration(
            "IDEMPOTENCY_LIFETIME",
            default: .seconds(3_600),
            in: .seconds(1)...(.seconds(86_400)),
            "How long a request with an Idempotency-Key is answered again as it was, as far as memory allows."
        )
        storage = StorageBounds(&reader)
        memory = MemoryBound(&reader)
        grpc.maximumMemory = memory.bytes / 8
        grpc.trustedProxies = http.trustedProxies
        self.grpc = grpc
    }
}
