/// Which statements one connection has prepared, the least recently used given up first.
///
/// A statement is prepared when it comes a second time: what runs once, as migrations do, costs the server nothing.
struct StatementCache {
    /// What makes two statements the same to the server.
    struct Key: Hashable {
        let sql: String
        let types: [PostgresType]
    }

    /// How to run a statement.
    enum Plan: Equatable {
        /// Without preparation.
        case unprepared
        /// Prepare it under this name first.
        case prepare(name: String)
        /// It is there under this name.
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
    /// Statements given up whose place on the server has not been freed yet.
    private var abandoned: [String] = []

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Decides how to run a statement, and notes the use.
    ///
    /// O(1), but O(capacity) when one is given up.
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

    /// Notes that the statement is prepared now.
    mutating func didPrepare(_ key: Key, as name: String) {
        entries[key]?.state = .prepared(name: name)
    }

    /// Forgets a statement that the server refuses to run as it was prepared, so that it is prepared anew.
    mutating func forget(_ key: Key) {
        guard case .prepared(let name) = entries.removeValue(forKey: key)?.state else { return }
        abandoned.append(name)
    }

    /// A statement to be freed on the server.
    mutating func takeAbandoned() -> String? {
        abandoned.popLast()
    }

    private mutating func makeRoom() {
        guard entries.count >= capacity else { return }
        if let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) { forget(oldest.key) }
    }
}
