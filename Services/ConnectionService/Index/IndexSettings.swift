import Models
import Presence
import ServiceRuntime

/// The size of the index; older locations are read from the database.
struct IndexSettings: Sendable {
    /// The time range of the index up to now; from the first location if `nil`.
    var window: Duration?
    /// The maximum number of locations.
    var maximumCount = Int.max
    /// The maximum number of locations that are sorted or merged at once.
    var sortedAtOnce = 1 << 20
    /// The assumptions of the meeting model.
    var presence = PresenceSettings()

    /// No bounds.
    init() {}

    /// Reads the settings; the index never exceeds its share of memory.
    init(_ reader: inout EnvironmentReader, _ memory: MemoryShares) {
        window = reader.optionalDuration(
            "INDEX_WINDOW",
            in: .seconds(86_400)...(.seconds(36_500 * 86_400)),
            "Time range of the index in memory, in whole days up to now; from the first location by default."
        )
        maximumCount = reader.integer(
            "INDEX_MAX_POINTS",
            default: 20_000_000,
            in: 1_000...2_000_000_000,
            "Maximum number of locations in memory, about 24 bytes each and in total a fourth of MEMORY_BOUND; the oldest are dropped first."
        )
        maximumCount = min(maximumCount, memory.indexedLocations)
        sortedAtOnce = memory.sortedLocations
        presence.assumedAccuracy = Double(
            reader.integer(
                "MEETING_ASSUMED_ACCURACY",
                default: 20,
                in: 1...1_000,
                "Assumed accuracy, in metres, of locations without one."
            )
        )
    }

    /// The first day of the index; `nil` for all days.
    func firstDay(at now: Timestamp) -> CalendarDate? {
        window.map { window in
            Timestamp(microseconds: now.microseconds - Int64(window / .microseconds(1))).day
        }
    }
}
