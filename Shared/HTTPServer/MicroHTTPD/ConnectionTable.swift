import Concurrency
import Synchronization

/// All connections of a server.
final class ConnectionTable: Sendable {
    private struct State {
        var records: [ObjectIdentifier: ConnectionRecord] = [:]
        /// The number of checks so far.
        var looks: Int32 = 0
        var waiting = WaitList<Void>()
        /// Whether the table accepts no more connections.
        var isClosed = false
    }

    /// How long an idle connection is kept under pressure, because a request may be arriving.
    private static let idleGrace: Int64 = 250_000_000
    /// The number of connections from which idle ones are closed for those that wait to be accepted.
    private let crowd: Int
    private let state = Mutex(State())
    private let draining = Atomic(false)

    /// - Parameter limit: the maximum number of connections.
    init(limit: Int) {
        crowd = max(1, limit - limit / 8)
    }

    /// Whether the server is stopping, so each response is the last of its connection.
    var isDraining: Bool { draining.load(ordering: .relaxed) }
    /// The number of open connections.
    var count: Int { state.withLock { $0.records.count } }

    /// Adds a connection, unless ``waitUntilEmpty(upTo:)`` has already found the table empty.
    ///
    /// - Returns: whether it was added.
    func insert(_ record: ConnectionRecord) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.records[ObjectIdentifier(record)] = record
            return true
        }
    }

    func remove(_ record: ConnectionRecord) {
        let waiter = state.withLock { state -> WaitList<Void>.Waiter? in
            state.records[ObjectIdentifier(record)] = nil
            guard state.records.isEmpty, let waiter = state.waiting.takeFirst() else { return nil }
            state.isClosed = true
            return waiter
        }
        waiter?.resume()
    }

    /// Shuts down late connections.
    ///
    /// O(connections).
    ///
    /// - Returns: how many connections were shut down.
    func reap(at now: Int64) -> Int {
        let (records, look) = state.withLock { state in
            state.looks = (state.looks &+ 1) & .max
            return (Array(state.records.values), state.looks)
        }
        if isDraining || records.count >= crowd {
            for record in records {
                record.endIdle(by: now + ConnectionTable.idleGrace)
            }
        }
        return act(on: records) { $0.inspect(at: now, turn: look) }
    }

    /// Makes each response the last of its connection, and closes idle connections.
    func drain() {
        draining.store(true, ordering: .relaxed)
    }

    /// Shuts down all connections.
    func abortAll() {
        _ = act(on: state.withLock { Array($0.records.values) }) { $0.abort() }
    }

    /// Waits until no connection is left, and then accepts none: an accepted connection may be reported late.
    ///
    /// - Returns: whether the table is empty.
    func waitUntilEmpty(upTo limit: Duration) async -> Bool {
        await withTimeout(limit) {
            await self.state.wait(in: \.waiting) { state in
                guard state.records.isEmpty else { return nil }
                state.isClosed = true
                return ()
            } != nil
        } ?? false
    }

    private func act(on records: [ConnectionRecord], _ verdict: (ConnectionRecord) -> ConnectionRecord.Verdict) -> Int {
        var reaped = 0
        for record in records {
            switch verdict(record) {
            case .fine: break
            case .answerLate(let exchange): exchange.answerLate()
            case .reaped(let exchange):
                reaped += 1
                exchange?.abort()
            }
        }
        return reaped
    }
}
