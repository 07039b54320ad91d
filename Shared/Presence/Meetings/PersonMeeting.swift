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
    /// How probable it is that it was a meeting: that both were close for as long as a meeting lasts.
    package let probability: Double
    /// How far apart they were likely to be, in metres, where they were most probably together.
    package let distance: Double
    /// The standard deviation of the distance, in metres.
    package let deviation: Double
    /// Where the two were most probably together.
    package let place: Coordinate
    /// What lists are ranked by: expected seconds, of which chance gets half and companionship all.
    package let evidence: Double
    /// How many fixes of both stand behind it.
    package let fixes: Int
    /// The overlaps that it is made of, in the order of time.
    package let overlaps: [Overlap]

    /// The person who is not the given one.
    package func other(than person: Int32) -> Int32 { first == person ? second : first }
}

extension PairHistory {
    /// While two are together, so much of the probability is enough for the next piece: few stays end because both part, and
    /// none because a device errs.
    private static let persistence = 0.5
    /// How far apart pieces may lie to follow one another, in microseconds.
    private static let adjacency: Int64 = 120_000_000

    /// The meetings: maximal runs of pieces that are probable enough, with bounded gaps between them.
    ///
    /// That one of the two may have taken the place of the other one is no meeting by itself, however probable.
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

    /// A piece together with those before and behind it that are probable enough to belong to the same meeting.
    private func extended(_ index: Int, _ rule: MeetingRule) -> Range<Int> {
        let least = Self.persistence * rule.probability
        var (first, last) = (index, index)
        while first > 0, pieces[first - 1].probability >= least,
            pieces[first].start - pieces[first - 1].end <= Self.adjacency
        {
            first -= 1
        }
        while last + 1 < pieces.count, pieces[last + 1].probability >= least,
            pieces[last + 1].start - pieces[last].end <= Self.adjacency
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
