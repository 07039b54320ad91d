import Models

/// What the search knows of stored nudges, so that it neither looks for nor asks about what the database would refuse.
///
/// The statement that stores a nudge decides: what is missing here costs time only. O(nudges of a day) of memory, and
/// 50 bytes for each pair that was asked about within ten minutes.
struct NudgeMemory: Sendable {
    private let dailyLimit: Int
    /// When a pair may be stored again, in microseconds since 1970.
    private var asked: [NudgeFinder.Pair: Int64] = [:]
    /// How many nudges each person has on the present day of an event.
    private var counts: [EventID: [PersonID: Int]] = [:]
    /// When the nudges of the day were read, in microseconds since 1970.
    private var readAt = Int64.min

    /// How long a pair is not asked about again, in microseconds.
    private static let askedTime: Int64 = 600_000_000
    /// How often the nudges of the day are read, in microseconds: days end, and persons are erased.
    private static let readingTime: Int64 = 60_000_000

    /// - Parameter dailyLimit: how many nudges a person may get a day.
    init(dailyLimit: Int) {
        self.dailyLimit = dailyLimit
    }

    /// Whether a person may get another nudge today, as far as is known.
    func mayGetOne(_ person: PersonID, at event: EventID) -> Bool {
        counts[event]?[person, default: 0] ?? 0 < dailyLimit
    }

    /// Whether a pair may be asked about.
    func mayAsk(_ pair: NudgeFinder.Pair) -> Bool { asked[pair] == nil }

    /// Forgets what no longer holds; returns whether the nudges of the day have to be read.
    mutating func advance(to now: Timestamp) -> Bool {
        asked = asked.filter { $0.value > now.microseconds }
        guard readAt <= now.microseconds - Self.readingTime else { return false }
        readAt = now.microseconds
        return true
    }

    /// Remembers the pairs with a nudge on the present day of an event, instead of those known before.
    mutating func replace(_ pairs: [NudgeFinder.Pair], at event: EventID, now: Timestamp) {
        counts[event] = [:]
        for pair in pairs { note(pair, at: event, isStored: true, now: now) }
    }

    /// Remembers that the database was asked to store a nudge.
    mutating func note(_ pair: NudgeFinder.Pair, at event: EventID, isStored: Bool, now: Timestamp) {
        asked[pair] = now.microseconds + Self.askedTime
        guard isStored else { return }
        for person in [pair.first, pair.second] { counts[event, default: [:]][person, default: 0] += 1 }
    }
}
