package import Presence

/// Finds the visits of persons in their stays and moves.
///
/// A stay is in a zone with a probability that follows from how exactly its place is known. A visit begins with a stay that is
/// in the zone more likely than not, and extends over neighbouring stays and ways inside it, so that walking about in a hall
/// does not end a visit of the hall, and crossing a room does not begin one. Deterministic: the visits follow from the
/// segments alone. O(segments × zones around each).
package struct VisitFinder {
    private let zones: StayZones
    private let rule: VisitRule

    /// Creates a finder for one task.
    package init(_ plan: VenuePlan, rule: VisitRule = VisitRule()) {
        self.rule = rule
        zones = StayZones(plan: plan, reader: VenueReader(plan), rule: rule)
    }

    /// An interval in which a person was perhaps in a zone.
    private struct Piece {
        let start: Int64
        let end: Int64
        /// The probability; `nil` on the way.
        let probability: Double?
    }

    /// The visits of a person in the order of their starts, then of the zones.
    ///
    /// - Parameters:
    ///   - segments: the stays and moves of the person.
    ///   - sightings: the transmitters that the person's devices noticed, in any order.
    /// - Returns: the visits.
    package func visits(of segments: PersonSegments, sightings: [ZoneSighting] = []) -> [Visit] {
        let sightings = ZoneSightings(sightings, zones.plan)
        var pieces: [Int: [Piece]] = [:]
        for stay in segments.stays {
            let start = stay.start - Int64(stay.fringeBefore * 500_000)
            let end = stay.end + Int64(stay.fringeBehind * 500_000)
            for likelihood in zones.likelihoods(of: stay, sightings) {
                let piece = Piece(start: start, end: end, probability: likelihood.probability)
                pieces[likelihood.zone, default: []].append(piece)
            }
        }
        for move in segments.moves { add(move, to: &pieces) }
        return pieces.flatMap { zone, pieces in
            visits(of: zone, pieces.sorted { ($0.start, $0.end) < ($1.start, $1.end) })
        }.sorted { ($0.start, $0.zone) < ($1.start, $1.zone) }
    }

    /// Adds the parts of a move that lie in zones, from knot to knot.
    private func add(_ move: Move, to pieces: inout [Int: [Piece]]) {
        for (from, to) in zip(move.knots, move.knots.dropFirst()) {
            for zone in zones.reader.zones(at: move.coordinate(at: from.time + (to.time - from.time) / 2)) {
                pieces[zone, default: []].append(Piece(start: from.time, end: to.time, probability: nil))
            }
        }
    }

    private func visits(of zone: Int, _ pieces: [Piece]) -> [Visit] {
        let gap = Int64(rule.gap * 1_000_000)
        var visits: [Visit] = []
        var run: [Piece] = []
        var end = Int64.min
        func close() {
            if let visit = visit(of: zone, run) { visits.append(visit) }
            run.removeAll(keepingCapacity: true)
        }
        for piece in pieces where piece.probability ?? 1 >= rule.leave {
            if !run.isEmpty, piece.start - end > gap { close() }
            end = run.isEmpty ? piece.end : max(end, piece.end)
            run.append(piece)
        }
        close()
        return visits
    }

    private func visit(of zone: Int, _ run: [Piece]) -> Visit? {
        guard let start = run.first?.start, let end = run.map(\.end).max() else { return nil }
        let stays = run.filter { $0.probability != nil }
        guard stays.contains(where: { $0.probability ?? 0 >= rule.enter }),
            Double(end - start) / 1_000_000 >= rule.least
        else { return nil }
        let (sum, time) = stays.reduce((0.0, 0.0)) { sums, piece in
            let seconds = Double(max(piece.end - piece.start, 1))
            return (sums.0 + seconds * (piece.probability ?? 0), sums.1 + seconds)
        }
        return Visit(zone: zone, start: start, end: end, probability: sum / time, stays: stays.count)
    }
}
