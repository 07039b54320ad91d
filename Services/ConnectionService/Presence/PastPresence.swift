import Models
import Presence
import Proximity

/// Segments of days that the index does not hold, read from the database for one question.
struct PastPresence: Sendable {
    private let past: PastLocations
    private let compute: ComputeThreads
    private let settings: PresenceSettings

    /// Locations further from a person's trail than this, in metres, have no part in the person's meetings: the greatest
    /// distance of a rule, and the surroundings by which the model judges how full a place is.
    private static let surroundings = MeetingQuestion.greatestDistance + 60

    init(_ past: PastLocations, _ settings: PresenceSettings, _ compute: ComputeThreads) {
        self.past = past
        self.settings = settings
        self.compute = compute
    }

    /// The segments of a person and of all who came near, in a window that begins before the index.
    ///
    /// - Parameters:
    ///   - person: whose meetings are asked for.
    ///   - window: the time that is asked about.
    ///   - before: its part before the index, with the chunk before it.
    ///   - live: the index and its segments.
    /// - Returns: their map, as if the index had all days of the window.
    /// - Throws: `PostgresError`, ``SearchFailure`` if there are too many locations.
    func map(
        around person: PersonID,
        in window: TimeWindow,
        before: TimeWindow,
        _ live: LivePresence.Snapshot
    ) async throws -> PresenceMap {
        let near = try await past.surroundings(of: person, in: before, recent: [], radius: Self.surroundings)
        let recent = live.map.persons(
            near: person.rawValue,
            within: Self.surroundings,
            during: before.end.microseconds..<Int64.max
        )
        let others = Set(near.map(\.report.personID)).union(recent.map { PersonID(stored: $0) }).union([person])
        let older = try await past.trails(of: others.sorted(), in: before)
        return await map(of: others, older, behind: before, live.index, until: window.end)
    }

    /// The segments of all persons in a window that begins before the index.
    func map(in window: TimeWindow, before: TimeWindow, _ live: LivePresence.Snapshot) async throws -> PresenceMap {
        let older = try await past.everything(during: before)
        let persons = Set(older.lazy.map(\.report.personID)).union(live.index.persons())
        return await map(of: persons, older, behind: before, live.index, until: window.end)
    }

    /// The locations of some persons before the index and of the index until a moment, segmented.
    private func map(
        of persons: Set<PersonID>,
        _ older: [Location],
        behind before: TimeWindow,
        _ index: GridIndex,
        until end: Timestamp
    ) async -> PresenceMap {
        let settings = settings
        return await compute.runTasks {
            var trails = PresenceTrails(settings: settings)
            trails.add(older)
            if let recent = TimeWindow(start: before.end, end: max(end, before.end))?.withAdjacentChunks {
                for person in persons { trails.add(index.trail(of: person, in: recent)) }
            }
            return await trails.map()
        }
    }
}

extension PresenceTrails {
    /// Segments the locations of whole chunks.
    fileprivate mutating func add(_ locations: [Location]) {
        let chunks = Dictionary(grouping: locations) { location in
            PresenceChanges.Chunk(
                person: location.report.personID.rawValue,
                number: TrailChunk.number(of: location.report.creationTime.microseconds)
            )
        }
        for (chunk, own) in chunks { add(own, chunk.number) }
    }
}

extension TimeWindow {
    /// The window, widened to the borders of chunks.
    var wholeChunks: TimeWindow {
        let first = TrailChunk.number(of: start.microseconds)
        return TimeWindow(chunks: first...max(TrailChunk.number(of: end.microseconds - 1), first))
    }

    /// The whole chunks of the window and one on each side, with which a stay may be joined.
    var withAdjacentChunks: TimeWindow {
        let first = TrailChunk.number(of: start.microseconds)
        return TimeWindow(chunks: first - 1...max(TrailChunk.number(of: end.microseconds - 1), first) + 1)
    }

    /// The time of chunks, as far as locations may have it.
    private init(chunks: ClosedRange<Int64>) {
        let supported = Timestamp.supported
        let start = max(chunks.lowerBound * TrailChunk.length, supported.lowerBound.microseconds)
        let end = min((chunks.upperBound + 1) * TrailChunk.length, supported.upperBound.microseconds)
        self.init(microseconds: min(start, end)..<max(start, end))
    }
}
