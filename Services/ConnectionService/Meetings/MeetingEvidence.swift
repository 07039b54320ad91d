import Geospatial
import Models
import Presence
import Proximity

/// The evidence for and against a meeting of two persons: overlaps of their trails, and ignored fixes.
struct MeetingEvidence: Sendable {
    /// A fix that the model ignores.
    struct Doubtful: Sendable {
        let person: PersonID
        let device: DeviceNumber
        let fix: Fix
        let reason: FixDoubt
    }

    /// The person of the request.
    let person: PersonID
    /// The overlaps and meetings, in order of time.
    let pair: PairEvidence
    /// The segments.
    let map: PresenceMap
    /// The ignored fixes, by person and then by time.
    let doubtful: [Doubtful]
    /// Whether the answer leaves out the other person's places.
    var hidesOthersPlaces = false

    /// One person's part of an overlap.
    struct Side {
        let start: Int64
        let end: Int64
        let place: Coordinate
        let deviation: Float
        let fixes: Int
    }

    /// The two stays or moves of an overlap, the person's own first.
    func sides(of overlap: Overlap) -> (own: Side, other: Side) {
        let (first, second): (Side, Side)
        switch overlap.kind {
        case .stays(let one, let other): (first, second) = (side(map.stays[Int(one)]), side(map.stays[Int(other)]))
        case .moves(let one, let other, let start, let end):
            let middle = start + (end - start) / 2
            (first, second) = (side(map.moves[Int(one)], middle), side(map.moves[Int(other)], middle))
        }
        return overlap.first == person.rawValue ? (first, second) : (second, first)
    }

    /// The start and end of an overlap.
    func span(of overlap: Overlap) -> (start: Int64, end: Int64) {
        guard case .moves(_, _, let start, let end) = overlap.kind else {
            let (one, other) = sides(of: overlap)
            let (start, end) = (max(one.start, other.start), min(one.end, other.end))
            // Only the fringes overlap.
            return (min(start, end), max(start, end))
        }
        return (start, end)
    }

    /// The evidence that a view shows: no places of the other person, and only what both had consented to.
    func limited(to view: LimitedView) -> MeetingEvidence {
        let overlaps = pair.overlaps.filter { view.shows($0, in: map) }
        let kinds = Set(overlaps.map(\.kind))
        let meetings = pair.meetings.filter { $0.overlaps.allSatisfy { kinds.contains($0.kind) } }.map(view.shown(_:))
        var limited = MeetingEvidence(
            person: person,
            pair: PairEvidence(overlaps: overlaps, meetings: meetings),
            map: map,
            doubtful: doubtful.filter { $0.person == person }
        )
        limited.hidesOthersPlaces = true
        return limited
    }

    /// The index of the meeting that contains an overlap.
    func meeting(of overlap: Overlap) -> Int? {
        pair.meetings.firstIndex { $0.overlaps.contains { $0.kind == overlap.kind } }
    }

    private func side(_ stay: Stay) -> Side {
        Side(
            start: stay.start,
            end: stay.end,
            place: stay.coordinate,
            deviation: stay.deviation,
            fixes: Int(stay.fixes)
        )
    }

    private func side(_ move: Move, _ moment: Int64) -> Side {
        Side(
            start: move.start,
            end: move.end,
            place: move.coordinate(at: moment),
            deviation: move.deviation,
            fixes: move.knots.count
        )
    }
}

extension MeetingEvidence.Doubtful {
    /// The fixes of a person that the model ignores.
    ///
    /// - Parameters:
    ///   - trail: the person's locations in whole chunks, in order of time.
    ///   - window: the time window of the request.
    ///   - settings: the model's assumptions.
    /// - Returns: the ignored fixes in order of time.
    static func all(in trail: [Location], _ window: TimeWindow, _ settings: PresenceSettings) -> [Self] {
        struct Key: Hashable {
            let device: DeviceNumber
            let chunk: Int64
        }
        let chunks = Dictionary(grouping: trail) { location in
            Key(
                device: location.report.device,
                chunk: TrailChunk.number(of: location.report.creationTime.microseconds)
            )
        }
        return chunks.flatMap { key, locations in
            TrailChunk.doubtful(of: locations.map { Fix($0.report) }, settings: settings).compactMap { fix, doubt in
                guard window.microseconds.contains(fix.time), let first = locations.first else { return nil }
                return Self(person: first.report.personID, device: key.device, fix: fix, reason: doubt)
            }
        }.sorted { ($0.fix, $0.device) < ($1.fix, $1.device) }
    }
}
