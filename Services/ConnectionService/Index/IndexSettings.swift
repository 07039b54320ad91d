import Models
import Presence
import ServiceRuntime

/// How much the index holds; what is older is answered from the database.
struct IndexSettings: Sendable {
    /// How far back the index reaches from now; to the first location if `nil`.
    var window: Duration?
    /// How many locations it holds at most.
    var maximumCount = Int.max
    /// How many of them are sorted or merged at once.
    var sortedAtOnce = 1 << 20
    /// What the model of meetings assumes.
    var presence = PresenceSettings()

    /// Everything.
    init() {}

    /// Reads the settings; the index never takes more than its share of memory.
    init(_ reader: inout EnvironmentReader, _ memory: MemoryShares) {
        window = reader.optionalDuration(
            "INDEX_WINDOW",
            in: .seconds(86_400)...(.seconds(36_500 * 86_400)),
            "How far back the index in memory reaches, in whole days; if not set, to the first location."
        )
        maximumCount = reader.integer(
            "INDEX_MAX_POINTS",
            default: 20_000_000,
            in: 1_000...2_000_000_000,
            "Locations in memory at most, about 24 bytes each and a fourth of MEMORY_BOUND together; the oldest leave first."
        )
        maximumCount = min(maximumCount, memory.indexedLocations)
        sortedAtOnce = memory.sortedLocations
        presence.assumedAccuracy = Double(
            reader.integer(
                "MEETING_ASSUMED_ACCURACY",
                default: 20,
                in: 1...1_000,
                "Metres: the accuracy of locations that state none."
            )
        )
    }

    /// The first day that is to be in the index; all of them if `nil`.
    func firstDay(at now: Timestamp) -> CalendarDate? {
        window.map { window in
            Timestamp(microseconds: now.microseconds - Int64(window / .microseconds(1))).day
        }
    }
}
