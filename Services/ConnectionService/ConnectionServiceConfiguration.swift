import Credentials
import DatabaseService
import EventService
import HTTPServer
import HTTPService
import Models
import Postgres
import Proximity
import QueueService
import RESTAccess
import ServiceRuntime

/// The settings of connection-service.
struct ConnectionServiceConfiguration {
    /// The HTTP server.
    let http: HTTPServerConfiguration
    /// Who may call.
    let access: AccessConfiguration
    /// The key of the pseudonyms of persons who are not named; a new one for each process without the setting.
    let pseudonyms: KeyedDigest
    /// How many persons may be named to an attendee in a day who were not named before.
    let newAcquaintances: Int
    /// The database.
    let database: PostgresConfiguration
    /// The queue.
    let queue: LocationQueueConfiguration
    /// The memory bound of the process, and the share of each part.
    let memory: MemoryShares
    /// The size of the index.
    let index: IndexSettings
    /// The most streams in all, and per client.
    let streams: (maximum: Int, perClient: Int)
    /// What happens to locations outside every event.
    let outside: OutsideRule
    /// The events whose locations the index holds; `nil` for all locations.
    let events: Set<EventID>?
    /// When two persons learn of each other.
    let nudges: NudgeSettings
    /// Whether domain events are published, and daily reports made.
    private let publishes: Bool
    /// The time from the end of a day to its report.
    let reportDelay: Duration

    /// The database of the index, with its own connections, so that the index stays current under a load of questions.
    var indexDatabase: PostgresConfiguration {
        var database = database
        database.applicationName = "udaconnect-index"
        database.maximumConnections = 2
        database.acquireTimeout = .seconds(10)
        return database
    }

    /// The database of the publisher of domain events; `nil` if this process publishes none.
    ///
    /// Its one connection also holds the lock of the publisher. A replica that lacks locations would withdraw what others
    /// publish.
    var publicationDatabase: PostgresConfiguration? {
        publishes && events == nil ? oneConnection("udaconnect-domain-events") : nil
    }

    /// The database of the search for nudges, likewise; `nil` if this process creates none.
    var nudgeDatabase: PostgresConfiguration? {
        nudges.dailyLimit > 0 && events == nil ? oneConnection("udaconnect-nudges") : nil
    }

    /// The database of the process that makes daily reports, likewise; `nil` if this process makes none.
    var reportDatabase: PostgresConfiguration? {
        publishes && events == nil ? oneConnection("udaconnect-reports") : nil
    }

    private func oneConnection(_ name: String) -> PostgresConfiguration {
        var database = database
        database.applicationName = name
        database.maximumConnections = 1
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
        access = AccessConfiguration(&reader)
        let secret = reader.optionalSecret(
            "PSEUDONYM_SECRET",
            "Key of the pseudonyms of persons who are not named to a viewer: the same for all replicas, and a new one for each event."
        )
        pseudonyms = KeyedDigest(key: Array((secret?.reveal() ?? RandomText.make(characters: 26)).utf8))
        reader.require(
            secret.map { $0.reveal().utf8.count >= HintDigest.minimumSecret } ?? true,
            key: "PSEUDONYM_SECRET",
            "PSEUDONYM_SECRET needs at least \(HintDigest.minimumSecret) bytes."
        )
        let acquaintances = reader.integer(
            "DAILY_ACQUAINTANCES",
            default: 200,
            in: 0...1_000_000,
            "Persons that answers name to an attendee in a day who were not named before; further ones stay unnamed. 0 names all."
        )
        newAcquaintances = acquaintances == 0 ? .max : acquaintances
        database = PostgresConfiguration(&reader, role: "uda_connection")
        queue = LocationQueueConfiguration(&reader)
        memory = MemoryShares(MemoryBound(&reader, default: 512 << 20))
        index = IndexSettings(&reader, memory)
        streams = (
            reader.integer(
                "STREAMS_MAX",
                default: 256,
                in: 1...100_000,
                "Maximum number of event streams; further ones are answered 503."
            ),
            reader.integer(
                "STREAMS_MAX_PER_CLIENT",
                default: 16,
                in: 1...100_000,
                "Maximum number of event streams per client address; further ones are answered 429."
            )
        )
        outside = OutsideRule(&reader)
        let events = reader.optionalString(
            "EVENTS",
            "Events such as `2,3` whose locations this replica holds, within the margins of OUTSIDE_MARGIN and OUTSIDE_TIME_MARGIN; all locations by default."
        ).map { text in
            text.split(separator: ",", omittingEmptySubsequences: false).map { number in
                Int32(number).flatMap { EventID(rawValue: $0) }
            }
        }
        self.events = events.map { Set($0.compactMap { $0 }) }
        reader.require(
            events.map { !$0.contains(nil) } ?? true,
            key: "EVENTS",
            "EVENTS must be numbers of events with commas, such as 2,3."
        )
        publishes = reader.boolean(
            "PUBLISH_EVENTS",
            default: true,
            "Whether this replica may publish domain events for webhooks and make daily reports; of all such replicas without EVENTS, one does."
        )
        nudges = NudgeSettings(&reader)
        reportDelay = reader.duration(
            "REPORT_DELAY",
            default: .seconds(6 * 3_600),
            in: .zero ... .seconds(30 * 86_400),
            "Time from the end of a day of an event to its report, for locations that arrive late; reports are made once."
        )
        reader.require(
            streams.maximum < http.maximumConnections,
            key: "STREAMS_MAX",
            "STREAMS_MAX must be less than HTTP_MAX_CONNECTIONS, so that other requests find a connection."
        )
    }
}
