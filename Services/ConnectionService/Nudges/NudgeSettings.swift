import Models
import Persistence
import ServiceRuntime

/// When two persons learn of each other.
struct NudgeSettings: Sendable {
    /// The maximum distance of their last fixes, in metres.
    var distance = 30
    /// The maximum age of their last fixes.
    var freshness = Duration.seconds(60)
    /// How many nudges a person may get a day; 0 for none.
    var dailyLimit = 6

    /// The maximum accuracy of their last fixes, in metres.
    static let greatestAccuracy = 50.0
    /// The minimum time since their last meeting, in microseconds; a person beside another one is no news.
    static let leastApart: Int64 = 3_600_000_000
    /// A nudge shows the distance as a multiple of this many metres.
    static let band = 10.0

    /// The default settings.
    init() {}

    /// Reads the settings.
    init(_ reader: inout EnvironmentReader) {
        distance = reader.integer(
            "NUDGE_DISTANCE",
            default: distance,
            in: 10...100,
            "Maximum distance, in metres, of the last fixes of two persons who get a nudge about each other."
        )
        freshness = reader.duration(
            "NUDGE_FRESHNESS",
            default: freshness,
            in: .seconds(10)...(.seconds(600)),
            "Maximum age of the last fixes of two persons who get a nudge about each other."
        )
        dailyLimit = reader.integer(
            "NUDGES_PER_DAY",
            default: dailyLimit,
            in: 0...NudgeStore.maximumCount,
            "Maximum number of nudges that a person gets in a day of the event; 0 for none."
        )
    }

    /// The distance that a nudge shows: the nearest band, at least one.
    static func aboutMetres(_ distance: Double) -> Int32 {
        Int32(max(1, (distance / band).rounded()) * band)
    }
}
