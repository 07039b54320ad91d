internal import Glibc
internal import Synchronization

/// The budget of a search, checked while the search works, so that no question costs more.
///
/// One search at a time spends a budget, on one thread after the other. Another task may ``stop()`` it.
package final class SearchBudget: Sendable {
    private struct State {
        var pairs = 0
        var spent: Int64 = 0
        /// When the step that runs began.
        var began: Int64?
        var isStopped = false
    }

    private let limits: SearchLimits
    private let clock: @Sendable () -> Int64
    private let state = Mutex(State())

    /// Begins with nothing spent.
    ///
    /// - Parameters:
    ///   - limits: the bounds; without them a search ends when it has found everything.
    ///   - clock: nanoseconds of work, by default of the calling thread: a busy machine makes no question too wide.
    package init(_ limits: SearchLimits = .none, clock: @escaping @Sendable () -> Int64 = SearchBudget.threadTime) {
        self.limits = limits
        self.clock = clock
    }

    /// The time that the search has worked.
    package var spent: Duration { .nanoseconds(state.withLock { $0.spent }) }

    /// Ends the search soon, because its answer is not wanted any more.
    package func stop() {
        state.withLock { $0.isStopped = true }
    }

    /// Measures a step of the search, which stays on its thread.
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

    /// Checks the time, and whether the answer is still wanted; about 0.3 µs.
    package func check() throws(SearchFailure) {
        let now = clock()
        let verdict: SearchFailure? = state.withLock { state in
            if state.isStopped { return .stopped }
            let time = state.spent + (state.began.map { now - $0 } ?? 0)
            return time > limits.nanoseconds ? .exceeded(.time, limit: Int(limits.time.components.seconds)) : nil
        }
        if let verdict { throw verdict }
    }

    /// Counts pairs that the answer rests on.
    package func spend(pairs: Int) throws(SearchFailure) {
        let isWithin = state.withLock { state in
            state.pairs += pairs
            return state.pairs <= limits.pairs
        }
        guard isWithin else { throw .exceeded(.pairs, limit: limits.pairs) }
    }

    /// Checks how long a person's trail is.
    package func allow(trail count: Int) throws(SearchFailure) {
        guard count <= limits.trail else { throw .exceeded(.trail, limit: limits.trail) }
    }

    /// Checks how much has been found.
    package func allow(results count: Int) throws(SearchFailure) {
        guard count <= limits.results else { throw .exceeded(.results, limit: limits.results) }
    }

    /// Does a part of a search that cannot be made smaller, and that may hold as many pairs at once as the budget allows.
    func holdingMost<Value>(_ body: (_ limit: Int) throws(SearchFailure) -> Value) throws(SearchFailure) -> Value {
        do throws(SearchFailure) {
            return try body(limits.pairsAtOnce)
        } catch .tooManyAtOnce {
            throw .exceeded(.pairsAtOnce, limit: limits.pairsAtOnce)
        } catch {
            throw error
        }
    }

    /// The processor time of the calling thread, in nanoseconds.
    @Sendable package static func threadTime() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
