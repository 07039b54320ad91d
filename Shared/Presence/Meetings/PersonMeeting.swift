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
    /// The meetings: maximal runs of pieces that are probable enough, with bounded gaps between them.
    func meetings(_ rule: MeetingRule, in map: PresenceMap) -> [PersonMeeting] {
        let gap = Int64(rule.gap * 1_000_000)
        var meetings: [PersonMeeting] = []
        var run: Range<Int>?
        for (index, piece) in pieces.enumerated() where piece.probability >= rule.probability {
            if let open = run, piece.start - pieces[open.upperBound - 1].end <= gap {
                run = open.lowerBound..<index + 1
            } else {
                if let run, let meeting = meeting(of: run, rule, map) { meetings.append(meeting) }
                run = index..<index + 1
            }
        }
        if let run, let meeting = meeting(of: run, rule, map) { meetings.append(meeting) }
        return meetings
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
