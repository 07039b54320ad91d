internal import Geospatial
internal import Glibc

/// A summary of all meetings of two persons: a row of the list of people.
package struct PersonMet: Hashable, Sendable {
    /// The person with the lower number.
    package let first: Int32
    /// The person with the higher number.
    package let second: Int32
    /// The expected time together, in seconds.
    package let seconds: Double
    /// The probability that they were together for at least five minutes in all.
    package let probability: Double
    /// The number of meetings.
    package let meetings: Int
    /// The number of distinct places of the meetings.
    package let places: Int
    /// The start of the first meeting in microseconds since 1970; `nil` without a meeting.
    package let firstMeeting: Int64?
    /// The end of the last meeting.
    package let lastMeeting: Int64?
    /// The ranking score: expected seconds, of which chance encounters count half and companionship counts fully.
    package let evidence: Double

    /// The person who is not the given one.
    package func other(than person: Int32) -> Int32 { first == person ? second : first }
}

extension PairHistory {
    /// The minimum time together for ``PersonMet/probability``, in seconds.
    private static let acquaintanceTime = 300.0
    /// Standard deviation of the ends of an overlap, in seconds.
    private static let boundaryDeviation = 30.0

    /// Meetings within this distance of each other, in metres, have the same place.
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

    /// The summary for two persons with at least one overlap.
    func personMet(_ meetings: [PersonMeeting]) -> PersonMet? {
        guard let one = overlaps.first else { return nil }
        // The pieces of one overlap are fully correlated, different overlaps independent: the sum is nearly normal.
        var time = [Double](repeating: 0, count: overlaps.count)
        for piece in pieces {
            let share = piece.probability / Double(max(overlaps[piece.overlap].probability, .leastNormalMagnitude))
            time[piece.overlap] += Double(piece.end - piece.start) / 1_000_000 * share
        }
        var (mean, variance, evidence) = (0.0, Self.boundaryDeviation * Self.boundaryDeviation, 0.0)
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
            probability: 0.5 * erfc((Self.acquaintanceTime - mean) / (2 * variance).squareRoot()),
            meetings: meetings.count,
            places: Self.places(meetings),
            firstMeeting: meetings.first?.start,
            lastMeeting: meetings.last?.end,
            evidence: evidence
        )
    }
}
