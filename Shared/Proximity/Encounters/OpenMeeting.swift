internal import Geospatial
internal import Models

/// A meeting that may still go on: sums of whole numbers, so that co-presences of one moment may come in any order.
struct OpenMeeting: Sendable {
    /// The time of the earlier location of the last pair.
    private(set) var lastStart: Int64
    /// The time of the latest location of all.
    private(set) var latestEnd: Int64
    /// Whether some pair came within the radius.
    private(set) var hasEntry: Bool

    private let firstStart: Int64
    private var firstEnd: Int64
    private var unseen: Int64 = 0
    private var closestDistance: Double
    private var samples = 1
    private var certainty: Int64
    private var place: MeanCoordinate

    init(_ pair: CoPresence, rule: EncounterRule) {
        firstStart = pair.start.microseconds
        firstEnd = pair.end.microseconds
        lastStart = firstStart
        latestEnd = firstEnd
        hasEntry = rule.isEntry(pair)
        closestDistance = pair.distance
        certainty = rule.certainty(of: pair)
        place = MeanCoordinate(pair.own.report.coordinate)
        place.add(pair.other.report.coordinate)
    }

    /// Whether a pair that starts then belongs to this meeting.
    ///
    /// Before two people have come close there is no meeting: such pairs are kept for their own moment only, since one of
    /// the same moment may be the entry.
    func continues(at start: Int64, gap: Int64) -> Bool {
        hasEntry ? start - latestEnd <= gap : start == lastStart
    }

    mutating func add(_ pair: CoPresence, rule: EncounterRule) {
        let (start, end) = (pair.start.microseconds, pair.end.microseconds)
        unseen += max(0, start - latestEnd - rule.within.microseconds)
        firstEnd = min(firstEnd, end)
        lastStart = start
        latestEnd = max(latestEnd, end)
        hasEntry = hasEntry || rule.isEntry(pair)
        closestDistance = min(closestDistance, pair.distance)
        samples += 1
        certainty += rule.certainty(of: pair)
        place.add(pair.own.report.coordinate)
        place.add(pair.other.report.coordinate)
    }

    /// The meeting as a record; `nil` if nobody came close.
    func encounter(of persons: PersonPair) -> Encounter? {
        guard hasEntry else { return nil }
        let mean = Double(certainty) / Double(samples) / 1_000_000
        let end = max(firstEnd, lastStart)
        let together = end - firstEnd - unseen + Self.instant
        return Encounter(
            persons: persons,
            start: Timestamp(microseconds: firstEnd),
            end: Timestamp(microseconds: end),
            pairStarts: Timestamp(microseconds: firstStart)...Timestamp(microseconds: lastStart),
            closestDistance: closestDistance,
            samples: samples,
            place: place.coordinate,
            certainty: mean,
            significance: Double(together) / 1_000_000 * mean
        )
    }

    /// What a single reading stands for: phones tell the time in whole seconds.
    private static let instant: Int64 = 1_000_000
}
