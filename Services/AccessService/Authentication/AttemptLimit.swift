import Concurrency
import Synchronization

/// Limits wrong credentials per client network, so that a client cannot try many of them.
final class AttemptLimit: Sendable {
    /// The maximum number of wrong credentials per network and minute.
    static let maximum = 10
    /// The maximum number of networks with a count; when it is reached, all counts start again.
    static let capacity = 50_000
    /// The length of a period in nanoseconds.
    private static let period: Int64 = 60_000_000_000

    private struct State {
        var start: Int64 = 0
        var counts: [String: Int] = [:]

        mutating func advance(to now: Int64) {
            guard now - start >= AttemptLimit.period || counts.count >= AttemptLimit.capacity else { return }
            start = now
            counts.removeAll(keepingCapacity: true)
        }
    }

    private let now: @Sendable () -> Int64
    private let state = Mutex(State())

    /// - Parameter now: a monotonic clock, in nanoseconds.
    init(now: @escaping @Sendable () -> Int64 = { MonotonicClock.now() }) {
        self.now = now
    }

    /// Whether a network has no attempts left.
    func isReached(by network: String) -> Bool {
        let time = now()
        return state.withLock { state in
            state.advance(to: time)
            return state.counts[network, default: 0] >= Self.maximum
        }
    }

    /// Counts a wrong credential from a network.
    func count(_ network: String) {
        let time = now()
        state.withLock { state in
            state.advance(to: time)
            state.counts[network, default: 0] += 1
        }
    }
}
