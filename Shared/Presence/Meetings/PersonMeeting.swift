package import Geospatial

/// Two persons who were together for an interval.
package struct PersonMeeting: Hashable, Sendable {
    /// The person with the lower number.
    package let first: Int32
    /// The person with the higher number.
    package let second: Int32
    /// Microseconds since 1970.
    package let start: Int64
    /// Microseconds since 1970.
    package let end: Int64
    /// The expected time together, in seconds.
    package let seconds: Double
    /// The probability of a meeting: that both were close for at least its minimum duration.
    package let probability: Double
    /// The most likely distance in metres, for the most probable overlap.
    package let distance: Double
    /// The standard deviation of the distance, in metres.
    package let deviation: Double
    /// The place of the most probable overlap.
    package let place: Coordinate
    /// The ranking score: expected seconds, of which chance encounters count half and companionship counts fully.
    package let evidence: Double
    /// The number of fixes of both that support the meeting.
    package let fixes: Int
    /// The overlaps of the meeting, in order of time.
    package let overlaps: [Overlap]

    /// The person who is not the given one.
    package func other(than person: Int32) -> Int32 { first == person ? second : first }

    /// The meeting with another number of the other person, and with another place.
    package func shown(to person: Int32, as other: Int32, at place: Coordinate) -> PersonMeeting {
        PersonMeeting(
            first: min(person, other),
            second: max(person, other),
            start: start,
            end: end,
            seconds: seconds,
            probability: probability,
            distance: distance,
            deviation: deviation,
            place: place,
            evidence: evidence,
            fixes: fixes,
            overlaps: overlaps
        )
    }
}

extension PairHistory {
    /// Hysteresis: while two persons are together, the next piece needs only this share of the required probability.
    ///
    /// Few stays end because both part, and none because a device errs.
    private static let hysteresis = 0.5
    /// Maximum gap between adjacent pieces, in microseconds.
    private static let adjacencyGap: Int64 = 120_000_000

    /// The meetings: maximal runs of sufficiently probable pieces with bounded gaps.
    ///
    /// Pieces in which one person may have taken the other's place do not make a meeting, however probable they are.
    func meetings(_ rule: MeetingRule, in map: PresenceMap) -> [PersonMeeting] {
        let gap = Int64(rule.gap * 1_000_000)
        var runs: [Range<Int>] = []
        for (index, piece) in pieces.enumerated()
        where piece.probability >= rule.probability && !successions.contains(piece.overlap) {
            if let last = runs.last, last.contains(index) { continue }
            let run = extended(index, rule)
            if let last = runs.last, pieces[run.lowerBound].start - pieces[last.upperBound - 1].end <= gap {
                runs[runs.count - 1] = last.lowerBound..<max(last.upperBound, run.upperBound)
            } else {
                runs.append(run)
            }
        }
        return runs.compactMap { meeting(of: $0, rule, map) }
    }

    /// Extends a piece by the adjacent pieces that are probable enough for the same meeting.
    private func extended(_ index: Int, _ rule: MeetingRule) -> Range<Int> {
        let least = Self.hysteresis * rule.probability
        var (first, last) = (index, index)
        while first > 0, pieces[first - 1].probability >= least,
            pieces[first].start - pieces[first - 1].end <= Self.adjacencyGap
        {
            first -= 1
        }
        while last + 1 < pieces.count, pieces[last + 1].probability >= least,
            pieces[last + 1].start - pieces[last].end <= Self.adjacencyGap
        {
            last += 1
        }
        return first..<last + 1
    }

    private func meeting(of run: Range<Int>, _ rule: MeetingRule, _ map: PresenceMap) -> PersonMeeting? {
        let own = pieces[run]
        guard let start = own.first?.start, let end = own.last?.end,
            Double(end - start) / 1_000_000 >= rule.least,
            let best = own.max(by: { ($0.expectedSeconds, -$0.start) < ($1.expectedSeconds, -$1.start) })
        else { return nil }
        let likeliest = overlaps[best.overlap]
        var parts: [Int] = []
        for piece in own where piece.probability >= rule.probability && !parts.contains(piece.overlap) {
            parts.append(piece.overlap)
        }
        return PersonMeeting(
            first: likeliest.first,
            second: likeliest.second,
            start: start,
            end: end,
            seconds: own.reduce(0) { $0 + $1.expectedSeconds },
            probability: own.reduce(0) { max($0, $1.probability) },
            distance: Double(likeliest.distance),
            deviation: Double(likeliest.deviation),
            place: map.place(of: likeliest),
            evidence: own.reduce(0) { $0 + $1.expectedSeconds * (0.5 + Double(overlaps[$1.overlap].companionship)) },
            fixes: map.fixes(of: parts.map { overlaps[$0] }),
            overlaps: parts.map { overlaps[$0] }
        )
    }
}
