internal import Concurrency
package import HTTPServer
internal import Synchronization

/// Limits wrong credentials per client network, so that a client cannot try many of them.
package final class AttemptLimit: Sendable {
    /// The maximum number of wrong credentials per network and minute.
    package static let maximum = 10
    /// The maximum number of networks with a count; when it is reached, all counts start again.
    package static let capacity = 50_000
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
    package init(now: @escaping @Sendable () -> Int64 = { MonotonicClock.now() }) {
        self.now = now
    }

    /// Whether a network has no attempts left.
    package func isReached(by network: String) -> Bool {
        let time = now()
        return state.withLock { state in
            state.advance(to: time)
            return state.counts[network, default: 0] >= Self.maximum
        }
    }

    /// Counts a wrong credential from a network.
    package func count(_ network: String) {
        let time = now()
        state.withLock { state in
            state.advance(to: time)
            state.counts[network, default: 0] += 1
        }
    }
}

extension Problem {
    /// 429: the client's network has sent too many wrong credentials.
    package static var tooManyAttempts: Problem {
        Problem(
            .tooManyRequests,
            "This network has sent too many wrong codes: wait a minute.",
            headers: ["Retry-After": "60"]
        )
    }

    /// 422: the code of a claim does not count.
    package static var unknownCode: Problem {
        Problem(
            .unprocessableContent,
            "The code is unknown, expired or already used: ask for a new one.",
            errors: [.pointer("/code", "Expected a code that has not been used.")]
        )
    }
}
