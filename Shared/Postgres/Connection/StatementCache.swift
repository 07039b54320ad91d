/// The prepared statements of one connection, with eviction of the least recently used.
///
/// A statement is prepared at its second use, so a statement that runs once, as in migrations, costs the server
/// nothing.
struct StatementCache {
    /// The identity of a statement on the server.
    struct Key: Hashable {
        let sql: String
        let types: [PostgresType]
    }

    /// How to run a statement.
    enum Plan: Equatable {
        /// Run it unprepared.
        case unprepared
        /// Prepare it first under this name.
        case prepare(name: String)
        /// It is prepared under this name.
        case prepared(name: String)
    }

    private enum State {
        case seenOnce
        case prepared(name: String)
    }

    private struct Entry {
        var state: State
        var lastUse: Int
    }

    private let capacity: Int
    private var entries: [Key: Entry] = [:]
    private var uses = 0
    private var names = 0
    /// Evicted statements that are not yet deallocated on the server.
    private var abandoned: [String] = []

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Decides how to run a statement, and records the use.
    ///
    /// O(1), or O(capacity) with an eviction.
    mutating func plan(for key: Key) -> Plan {
        guard capacity > 0 else { return .unprepared }
        uses += 1
        guard let entry = entries[key] else {
            makeRoom()
            entries[key] = Entry(state: .seenOnce, lastUse: uses)
            return .unprepared
        }
        entries[key]?.lastUse = uses
        switch entry.state {
        case .prepared(let name): return .prepared(name: name)
        case .seenOnce:
            names += 1
            return .prepare(name: "s\(names)")
        }
    }

    /// Records that the statement is prepared.
    mutating func didPrepare(_ key: Key, as name: String) {
        entries[key]?.state = .prepared(name: name)
    }

    /// Removes a statement that the server refuses to run as prepared, so that it is prepared again.
    mutating func forget(_ key: Key) {
        guard case .prepared(let name) = entries.removeValue(forKey: key)?.state else { return }
        abandoned.append(name)
    }

    /// Takes out a statement to deallocate on the server.
    mutating func takeAbandoned() -> String? {
        abandoned.popLast()
    }

    private mutating func makeRoom() {
        guard entries.count >= capacity else { return }
        if let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) { forget(oldest.key) }
    }
}
