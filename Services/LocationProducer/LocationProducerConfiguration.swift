import DatabaseService
import GRPCServer
import HTTPServer
import HTTPService
import Postgres
import QueueService
import RESTAccess
import ServiceRuntime

/// The settings of location-producer.
struct LocationProducerConfiguration {
    /// The HTTP server.
    let http: HTTPServerConfiguration
    /// Who may call.
    let access: AccessConfiguration
    /// The gRPC server.
    let grpc: RPCServerConfiguration
    /// The database with the embedded queue.
    let database: PostgresConfiguration
    /// The queue.
    let queue: LocationQueueConfiguration
    /// The maximum memory of the process.
    let memory: MemoryBound
    /// The port for Traccar Client, OsmAnd and GPSLogger.
    let osmandPort: Int
    /// Whether phones have to send their tokens.
    let deviceTokens: DeviceTokens
    /// The units in a day of an API key without a limit of its own.
    let dailyLimit: Int
    /// The address of connection-service; phones show no meetings if `nil`.
    let connectionService: String?
    /// The file with the keys that connection-service knows this service by.
    let connectionKeyFile: String?
    /// The maximum delay of an acknowledgement by the request for meetings.
    let meetingsTimeout: Duration
    /// The bounds of a batch of lines.
    let lines: LineBounds
    /// The key of the digests of hints; hints are not stored if `nil`.
    let hintSecret: Secret?
    /// The bounds of imported files.
    let imports: ImportBounds
    /// The bounds below which locations are rejected.
    let storage: StorageBounds
    /// The lifetime of an answer with an Idempotency-Key.
    let idempotencyLifetime: Duration

    /// The rule for phones whose protocol has a token.
    enum DeviceTokens: String, CaseIterable {
        /// A wrong token is rejected, a missing one is not.
        case optional
        /// A wrong or missing token is rejected.
        case required
    }

    /// The HTTP server of ``osmandPort``.
    var osmand: HTTPServerConfiguration {
        var osmand = http
        osmand.name = "osmand"
        osmand.port = osmandPort
        return osmand
    }

    /// The database for device lookups, with its own connections, so that lookups never wait for the queue.
    var deviceDatabase: PostgresConfiguration {
        var devices = database
        devices.applicationName = "udaconnect-devices"
        devices.maximumConnections = 2
        return devices
    }

    /// The database for person lookups, with its own connections, so that a flood of unknown persons delays no phone.
    ///
    /// At most two lookups run at a time; further ones wait for a connection.
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
        access = AccessConfiguration(&reader)
        var grpc = RPCServerConfiguration(&reader)
        database = PostgresConfiguration(&reader, role: "uda_producer")
        queue = LocationQueueConfiguration(&reader)
        osmandPort = reader.integer(
            "OSMAND_PORT",
            default: 5055,
            in: 0...65_535,
            "TCP port for Traccar Client, OsmAnd and GPSLogger; 0 chooses a free one."
        )
        deviceTokens = reader.choice(
            "DEVICE_TOKENS",
            default: .optional,
            "Whether OwnTracks and Overland must send a device's token; a wrong one is always rejected."
        )
        dailyLimit = reader.integer(
            "DAILY_LIMIT_KEY",
            default: 100_000,
            in: 1...1_000_000_000,
            "Units that an API key without a limit of its own may use in a day, as in access-service; a location costs one."
        )
        connectionService = reader.optionalString(
            "CONNECTION_URL",
            "Address of connection-service, so that phones can show the persons their owners met; not shown by default."
        )
        connectionKeyFile = reader.optionalString(
            "CONNECTION_KEY_FILE",
            "File with the keys in connection-service's ACCESS_PEER_KEY_FILE, which needs them with ACCESS=enforce."
        )
        meetingsTimeout = reader.duration(
            "MEETINGS_TIMEOUT",
            default: .milliseconds(250),
            in: .milliseconds(1)...(.seconds(5)),
            "Maximum delay of a phone's acknowledgement by the request for the persons met."
        )
        lines = LineBounds(
            bytes: reader.bytes(
                "NDJSON_MAX_BYTES",
                default: 256 << 20,
                in: 1 << 20...1 << 40,
                "Maximum size of a batch of lines, uncompressed; only a part of it is in memory."
            ),
            lines: reader.integer(
                "NDJSON_MAX_LINES",
                default: 1_000_000,
                in: 10_000...1_000_000_000,
                "Maximum number of lines of such a batch."
            )
        )
        idempotencyLifetime = reader.duration(
            "IDEMPOTENCY_LIFETIME",
            default: .seconds(3_600),
            in: .seconds(1)...(.seconds(86_400)),
            "Retention of answers to requests with an Idempotency-Key, as far as memory allows."
        )
        hintSecret = reader.optionalSecret(
            "HINT_SECRET",
            "Key of the digests of access points, beacons and regions, at least 16 bytes; without it they are not stored."
        )
        reader.require(
            hintSecret.map { $0.reveal().utf8.count >= 16 } ?? true,
            key: "HINT_SECRET",
            "HINT_SECRET needs at least 16 bytes."
        )
        imports = ImportBounds(&reader)
        storage = StorageBounds(&reader)
        memory = MemoryBound(&reader)
        grpc.maximumMemory = memory.bytes / 8
        grpc.trustedProxies = http.trustedProxies
        self.grpc = grpc
    }
}
