import HTTPServer
import Models
import Persistence
import Proximity

/// What lies before the first day of the index, as much of it as a question is about: read through the database's indexes by
/// (person, time) and (cell, time), to be searched with the index's own code.
struct PastLocations: Sendable {
    private let store: LocationStore
    private let maximumCount: Int
    /// One at a time: memory has a bound, and so has the work of the database.
    private let gate = Gate(width: 1, longestQueue: 16)

    /// - Parameters:
    ///   - store: the locations in the database.
    ///   - maximumCount: how many are read for one question at most.
    init(store: LocationStore, maximumCount: Int) {
        self.store = store
        self.maximumCount = maximumCount
    }

    /// A person's locations and everybody's that may lie within a radius of the person's trail.
    ///
    /// - Parameters:
    ///   - person: whose trail.
    ///   - window: the time before the first day of the index.
    ///   - recent: the rest of the trail, behind the window: it may come close to what lies before, and the other way round.
    ///   - radius: metres.
    /// - Returns: the locations of the window in no order, each once.
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

    /// The trails of some persons.
    func trails(of persons: [PersonID], in window: TimeWindow) async throws -> [Location] {
        try await gather { snapshot, found in
            for person in persons {
                try await snapshot.forEachPage(ofTrailOf: person, in: window) { try add($0, to: &found) }
            }
        }
    }

    /// Everybody's locations.
    func everything(during window: TimeWindow) async throws -> [Location] {
        try await gather { snapshot, found in
            try await snapshot.forEachPage(during: window) { try add($0, to: &found) }
        }
    }

    private func gather(_ read: (LocationSnapshot, inout [Location]) async throws -> Void) async throws -> [Location] {
        try await gate.pass {
            try await store.withSnapshot { snapshot in
                var found: [Location] = []
                try await read(snapshot, &found)
                return found
            }
        }
    }

    private func add(_ page: [Location], to found: inout [Location]) throws(SearchFailure) {
        guard found.count + page.count <= maximumCount else { throw .exceeded(.past, limit: maximumCount) }
        found += page
    }
}
