import Models
import Presence
import Proximity

/// Builds segments of days before the index, from the database, for one request.
struct PastPresence: Sendable {
    private let past: PastLocations
    private let compute: ComputeThreads
    private let settings: PresenceSettings

    /// Maximum distance in metres of other locations from a person's trail.
    ///
    /// It is the maximum distance of a rule plus the radius that the model uses to estimate the density.
    private static let surroundings = MeetingQuestion.greatestDistance + 60

    init(_ past: PastLocations, _ settings: PresenceSettings, _ compute: ComputeThreads) {
        self.past = past
        self.settings = settings
        self.compute = compute
    }

    /// The segments of a person and of all persons who came near, in a window that starts before the index.
    ///
    /// - Parameters:
    ///   - person: the person of the request.
    ///   - window: the time window of the request.
    ///   - before: the part of the window before the index, extended by one chunk.
    ///   - live: the index and its segments.
    /// - Returns: the same map as if the index contained all days of the window.
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

    /// The segments of all persons in a window that starts before the index.
    func map(in window: TimeWindow, before: TimeWindow, _ live: LivePresence.Snapshot) async throws -> PresenceMap {
        let older = try await past.everything(during: before)
        let persons = Set(older.lazy.map(\.report.personID)).union(live.index.persons())
        return await map(of: persons, older, behind: before, live.index, until: window.end)
    }

    /// Segments the locations of some persons, from the database before the index and from the index up to a time.
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
    /// The window, extended to chunk borders.
    var wholeChunks: TimeWindow {
        let first = TrailChunk.number(of: start.microseconds)
        return TimeWindow(chunks: first...max(TrailChunk.number(of: end.microseconds - 1), first))
    }

    /// The window, extended to chunk borders and by one chunk on each side, because stays may cross these borders.
    var withAdjacentChunks: TimeWindow {
        let first = TrailChunk.number(of: start.microseconds)
        return TimeWindow(chunks: first - 1...max(TrailChunk.number(of: end.microseconds - 1), first) + 1)
    }

    /// The time range of chunks, clamped to valid times.
    private init(chunks: ClosedRange<Int64>) {
        let supported = Timestamp.supported
        let start = max(chunks.lowerBound * TrailChunk.length, supported.lowerBound.microseconds)
        let end = min((chunks.upperBound + 1) * TrailChunk.length, supported.upperBound.microseconds)
        self.init(microseconds: min(start, end)..<max(start, end))
    }
}
