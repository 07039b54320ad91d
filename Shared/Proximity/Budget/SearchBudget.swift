internal import Glibc
internal import Synchronization

/// The budget of a search.
///
/// The search checks it while it works, so that each question has a bounded cost.
///
/// One search at a time uses a budget; it may move between threads. Another task may call ``stop()``.
package final class SearchBudget: Sendable {
    private struct State {
        var pairs = 0
        var spent: Int64 = 0
        /// The start of the current step.
        var began: Int64?
        var isStopped = false
    }

    private let limits: SearchLimits
    private let clock: @Sendable () -> Int64
    private let state = Mutex(State())

    /// Creates an unused budget.
    ///
    /// - Parameters:
    ///   - limits: the bounds; by default there are none.
    ///   - clock: the work so far in nanoseconds, by default the thread's processor time, so that a busy machine rejects nothing.
    package init(_ limits: SearchLimits = .none, clock: @escaping @Sendable () -> Int64 = SearchBudget.threadTime) {
        self.limits = limits
        self.clock = clock
    }

    /// The time that the search has used.
    package var spent: Duration { .nanoseconds(state.withLock { $0.spent }) }

    /// Ends the search at its next check, because the answer is no longer needed.
    package func stop() {
        state.withLock { $0.isStopped = true }
    }

    /// Measures a step of the search.
    ///
    /// The step must stay on one thread.
    package func step<Value>(_ body: () throws(SearchFailure) -> Value) throws(SearchFailure) -> Value {
        let began = clock()
        state.withLock { $0.began = began }
        defer {
            let end = clock()
            state.withLock { state in
                state.spent += end - began
                state.began = nil
            }
        }
        try check()
        return try body()
    }

    /// Checks the time and whether the answer is still needed; about 0.3 µs.
    package func check() throws(SearchFailure) {
        let now = clock()
        let verdict: SearchFailure? = state.withLock { state in
            if state.isStopped { return .stopped }
            let time = state.spent + (state.began.map { now - $0 } ?? 0)
            return time > limits.nanoseconds ? .exceeded(.time, limit: Int(limits.time.components.seconds)) : nil
        }
        if let verdict { throw verdict }
    }

    /// Counts pairs that support the answer.
    package func spend(pairs: Int) throws(SearchFailure) {
        let isWithin = state.withLock { state in
            state.pairs += pairs
            return state.pairs <= limits.pairs
        }
        guard isWithin else { throw .exceeded(.pairs, limit: limits.pairs) }
    }

    /// Checks the length of a person's trail.
    package func allow(trail count: Int) throws(SearchFailure) {
        guard count <= limits.trail else { throw .exceeded(.trail, limit: limits.trail) }
    }

    /// Checks the number of results.
    package func allow(results count: Int) throws(SearchFailure) {
        guard count <= limits.results else { throw .exceeded(.results, limit: limits.results) }
    }

    /// The processor time of the calling thread, in nanoseconds.
    @Sendable package static func threadTime() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
