import Concurrency
import Synchronization

/// The calls in progress.
final class CallTable: Sendable {
    private struct State {
        var exchanges: [ObjectIdentifier: RPCExchange] = [:]
        var isDraining = false
        var waiting = WaitList<Void>()
    }

    private let state = Mutex(State())

    /// The number of calls.
    var count: Int { state.withLock { $0.exchanges.count } }
    /// Whether no more calls are accepted.
    var isDraining: Bool { state.withLock { $0.isDraining } }

    /// Adds a call.
    func insert(_ exchange: RPCExchange) {
        let isDraining = state.withLock { state in
            state.exchanges[ObjectIdentifier(exchange)] = exchange
            return state.isDraining
        }
        if isDraining { exchange.drain() }
    }

    /// Removes a call that has ended.
    func remove(_ exchange: RPCExchange) {
        let waiters = state.withLock { state in
            state.exchanges[ObjectIdentifier(exchange)] = nil
            return state.exchanges.isEmpty ? state.waiting.takeAll() : []
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Notifies handlers that wait for messages that the server is stopping.
    func drain() {
        let exchanges = state.withLock { state in
            state.isDraining = true
            return Array(state.exchanges.values)
        }
        for exchange in exchanges { exchange.drain() }
    }

    /// Returns once no call is left, or `false` when the task is cancelled.
    func waitUntilEmpty() async -> Bool {
        await state.wait(in: \.waiting) { $0.exchanges.isEmpty ? () : nil } != nil
    }

    /// Ends late calls; returns their number.
    func reap(at now: Int64) -> Int {
        let late = state.withLock { state in
            state.exchanges.values.filter { exchange in
                min(
                    exchange.call.timeLimit.load(ordering: .relaxed),
                    exchange.call.sendLimit.load(ordering: .relaxed)
                ) < now
            }
        }
        for exchange in late {
            exchange.call.timeLimit.store(.max, ordering: .relaxed)
            exchange.call.sendLimit.store(.max, ordering: .relaxed)
            exchange.call.cancel(.deadlineExceeded, "The call took longer than the server allows.")
        }
        return late.count
    }
}
