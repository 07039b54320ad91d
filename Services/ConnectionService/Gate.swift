import Synchronization

/// Lets a few tasks in at a time; the others wait in the order in which they came.
final class Gate: Sendable {
    private struct State {
        var free: Int
        var tickets = 0
        var waiting: [(ticket: Int, entry: CheckedContinuation<Bool, Never>)] = []
    }

    private let state: Mutex<State>

    /// Makes a gate that is so wide.
    init(width: Int) {
        state = Mutex(State(free: width))
    }

    /// Does something once it may.
    ///
    /// - Throws: what `body` throws, `CancellationError` if the task is cancelled while it waits.
    func pass<Value>(_ body: () async throws -> Value) async throws -> Value {
        try await enter()
        defer { leave() }
        return try await body()
    }

    private func enter() async throws {
        let ticket = state.withLock { state in
            state.tickets += 1
            return state.tickets
        }
        let hasEntered = await withTaskCancellationHandler {
            await withCheckedContinuation { entry in
                let verdict: Bool? = state.withLock { state in
                    if Task.isCancelled { return false }
                    if state.free > 0 {
                        state.free -= 1
                        return true
                    }
                    state.waiting.append((ticket, entry))
                    return nil
                }
                if let verdict { entry.resume(returning: verdict) }
            }
        } onCancel: {
            let entry = state.withLock { state in
                state.waiting.firstIndex { $0.ticket == ticket }.map { state.waiting.remove(at: $0).entry }
            }
            entry?.resume(returning: false)
        }
        guard hasEntered else { throw CancellationError() }
    }

    private func leave() {
        let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst().entry }
            state.free += 1
            return nil
        }
        next?.resume(returning: true)
    }
}
