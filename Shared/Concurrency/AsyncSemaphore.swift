internal import Synchronization

/// Admits a few tasks at a time; some others wait in the order of their arrival, and the rest is refused at once.
package final class AsyncSemaphore: Sendable {
    private struct State {
        var free: Int
        var waiting = WaitList<Bool>()
    }

    private let state: Mutex<State>
    private let longestQueue: Int
    private let refusal: any Error

    /// - Parameters:
    ///   - width: the maximum number of admitted tasks.
    ///   - longestQueue: the maximum number of waiting tasks.
    ///   - refusal: the error for the other tasks.
    package init(width: Int, longestQueue: Int = .max, refusal: any Error = CancellationError()) {
        state = Mutex(State(free: width))
        self.longestQueue = longestQueue
        self.refusal = refusal
    }

    /// Runs `body` once it is admitted.
    ///
    /// - Throws: the refusal if too many tasks wait already; what `body` throws; `CancellationError` if the task is
    ///   cancelled while it waits.
    package func pass<Value>(_ body: () async throws -> Value) async throws -> Value {
        let isAdmitted = await state.wait(in: \.waiting) { state in
            guard state.free > 0 else { return state.waiting.count < self.longestQueue ? nil : false }
            state.free -= 1
            return true
        }
        guard let isAdmitted else { throw CancellationError() }
        guard isAdmitted else { throw refusal }
        defer { leave() }
        return try await body()
    }

    private func leave() {
        let next = state.withLock { state in
            let next = state.waiting.takeFirst()
            if next == nil { state.free += 1 }
            return next
        }
        next?.resume(returning: true)
    }
}
