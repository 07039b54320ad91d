internal import Geospatial

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// What there is to say about a person and another one: a row of the list of people.
package struct PersonMet: Hashable, Sendable {
    /// The person with the lower number.
    package let first: Int32
    /// The person with the higher number.
    package let second: Int32
    /// The expected time together, in seconds.
    package let seconds: Double
    /// How probable it is that they were together for five minutes in all.
    package let probability: Double
    /// How many meetings there were.
    package let meetings: Int
    /// How many different places these meetings had.
    package let places: Int
    /// When the first meeting began, if there was one, in microseconds since 1970.
    package let firstMeeting: Int64?
    /// When the last meeting ended.
    package let lastMeeting: Int64?
    /// What the list is ranked by: expected seconds, of which chance gets the half and companionship all.
    package let evidence: Double

    /// The person who is not the given one.
    package func other(than person: Int32) -> Int32 { first == person ? second : first }
}

extension PairHistory {
    /// The time together that ``PersonMet/probability`` is about, in seconds.
    private static let acquaintance = 300.0
    /// How wrong the ends of an overlap are, in seconds.
    private static let vagueness = 30.0

    /// Meetings closer than this, in metres, had the same place.
    private static let placeRadius = 15.0

    private static func places(_ meetings: [PersonMeeting]) -> Int {
        var places: [Coordinate] = []
        for meeting in meetings {
            let isKnown = places.contains {
                Geodesic.nearbyDistance(from: $0, to: meeting.place) < Self.placeRadius
            }
            if !isKnown { places.append(meeting.place) }
        }
        return places.count
    }

    /// The row of two persons who overlap somewhere.
    func personMet(_ meetings: [PersonMeeting]) -> PersonMet? {
        guard let one = overlaps.first else { return nil }
        // The pieces of an overlap are true or false together, the overlaps one by one: the sum is nearly normal.
        var time = [Double](repeating: 0, count: overlaps.count)
        for piece in pieces {
            let share = piece.probability / Double(max(overlaps[piece.overlap].probability, .leastNormalMagnitude))
            time[piece.overlap] += Double(piece.end - piece.start) / 1_000_000 * share
        }
        var (mean, variance, evidence) = (0.0, Self.vagueness * Self.vagueness, 0.0)
        for (overlap, seconds) in zip(overlaps, time) {
            let probability = Double(overlap.probability)
            mean += probability * seconds
            variance += probability * (1 - probability) * seconds * seconds
            evidence += probability * seconds * (0.5 + Double(overlap.companionship))
        }
        return PersonMet(
            first: one.first,
            second: one.second,
            seconds: mean,
            probability: 0.5 * erfc((Self.acquaintance - mean) / (2 * variance).squareRoot()),
            meetings: meetings.count,
            places: Self.places(meetings),
            firstMeeting: meetings.first?.start,
            lastMeeting: meetings.last?.end,
            evidence: evidence
        )
    }
}
