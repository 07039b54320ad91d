import Concurrency
import HTTPServer
import Models
import Persistence
import Proximity

/// Reads locations before the first day of the index for a question, by the database's (person, time) and (cell, time)
/// indexes; the index's own code searches them.
struct PastLocations: Sendable {
    private let store: LocationStore
    private let kept: @Sendable ([Location]) -> [Location]
    private let maximumCount: Int
    /// One at a time, because memory and the database's work are bounded.
    private let reads = AsyncSemaphore(width: 1, longestQueue: 16, refusal: Problem.tooManyQuestions)

    /// - Parameters:
    ///   - store: the locations in the database.
    ///   - kept: returns the locations that belong to the index's events.
    ///   - maximumCount: the maximum number of locations per question.
    init(store: LocationStore, kept: @escaping @Sendable ([Location]) -> [Location], maximumCount: Int) {
        self.store = store
        self.kept = kept
        self.maximumCount = maximumCount
    }

    /// Reads a person's locations and those of others that may be within a radius of the person's trail.
    ///
    /// - Parameters:
    ///   - person: the person.
    ///   - window: the time before the first day of the index.
    ///   - recent: the person's trail after the window: it may be close to locations within the window, and vice versa.
    ///   - radius: metres.
    /// - Returns: the locations of the window, unordered and unique.
    /// - Throws: `PostgresError`, `SearchFailure` if there are too many.
    func surroundings(
        of person: PersonID,
        in window: TimeWindow,
        recent: [Location],
        radius: Double
    ) async throws -> [Location] {
        try await gather { snapshot, found in
            try await snapshot.forEachPage(ofTrailOf: person, in: window) { try add($0, to: &found) }
            let trail = Set((found + recent).lazy.map(\.report.coordinate))
            guard !trail.isEmpty else { return }
            let cells = SurroundingCells(round: trail, radius: radius)
            try await snapshot.forEachPage(in: cells.runs, during: window, excluding: person) {
                try add($0, to: &found)
            }
        }
    }

    /// Reads the trails of some persons.
    func trails(of persons: [PersonID], in window: TimeWindow) async throws -> [Location] {
        try await gather { snapshot, found in
            for person in persons {
                try await snapshot.forEachPage(ofTrailOf: person, in: window) { try add($0, to: &found) }
            }
        }
    }

    /// Reads the locations of all persons.
    func everything(during window: TimeWindow) async throws -> [Location] {
        try await gather { snapshot, found in
            try await snapshot.forEachPage(during: window) { try add($0, to: &found) }
        }
    }

    private func gather(_ read: (LocationSnapshot, inout [Location]) async throws -> Void) async throws -> [Location] {
        try await reads.pass {
            try await store.withSnapshot { snapshot in
                var found: [Location] = []
                try await read(snapshot, &found)
                return found
            }
        }
    }

    private func add(_ page: [Location], to found: inout [Location]) throws(SearchFailure) {
        guard found.count + page.count <= maximumCount else { throw .exceeded(.past, limit: maximumCount) }
        found += kept(page)
    }
}
