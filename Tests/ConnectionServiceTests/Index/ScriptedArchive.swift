import Models
import Synchronization

@testable import ConnectionService

/// A database in memory: locations, persons, and the consumer's offsets.
final class ScriptedArchive: LocationArchive {
    /// The content.
    struct Content: Sendable {
        var rows: [Location] = []
        var persons: Set<PersonID> = []
        var offsets: [Int: Int64] = [:]
        /// The errors of the next calls.
        var failures: [any Error] = []
        /// The number of loads.
        var loads = 0
        /// The number of lookups.
        var questions = 0
    }

    private let state: Mutex<Content>

    init(_ content: Content) {
        state = Mutex(content)
    }

    var content: Content { state.withLock { $0 } }

    func change(_ body: @Sendable (inout Content) -> Void) {
        state.withLock { body(&$0) }
    }

    func load(
        from day: CalendarDate?,
        _ take: ([Location]) async throws -> Void
    ) async throws -> (offsets: [Int: Int64], persons: [PersonID]) {
        let content = try next { $0.loads += 1 }
        let rows = content.rows.filter { row in day.map { row.report.creationTime.day >= $0 } ?? true }
        for start in stride(from: 0, to: rows.count, by: 100) { try await take(Array(rows[start...].prefix(100))) }
        return (content.offsets, Array(content.persons))
    }

    func standing(of persons: [PersonID]) async throws -> (existing: Set<PersonID>, offsets: [Int: Int64]) {
        let content = try next { $0.questions += 1 }
        return (content.persons.intersection(persons), content.offsets)
    }

    func stored(of locations: [Location]) async throws -> Set<LocationID> {
        Set(locations.map(\.id)).intersection(try next { _ in }.rows.map(\.id))
    }

    private func next(_ count: @Sendable (inout Content) -> Void) throws -> Content {
        try state.withLock { content in
            count(&content)
            if !content.failures.isEmpty { throw content.failures.removeFirst() }
            return content
        }
    }
}
