import HTTPServer
import Synchronization

/// Limits the number of concurrent tasks.
///
/// A bounded number of further tasks waits in order; others are rejected at once.
final class Gate: Sendable {
    private struct State {
        var free: Int
        var tickets = 0
        var waiting: [(ticket: Int, entry: CheckedContinuation<Bool, Never>)] = []
    }

    private let state: Mutex<State>
    private let longestQueue: Int

    /// - Parameters:
    ///   - width: the maximum number of concurrent tasks.
    ///   - longestQueue: the maximum number of waiting tasks.
    init(width: Int, longestQueue: Int = .max) {
        state = Mutex(State(free: width))
        self.longestQueue = longestQueue
    }

    /// Runs `body` once there is room.
    ///
    /// - Throws: a 503 problem if too many tasks wait already; what `body` throws; `CancellationError` if the task is
    ///   cancelled while it waits.
    func pass<Value>(_ body: () async throws -> Value) async throws -> Value {
        try await enter()
        defer { leave() }
        return try await body()
    }

    private func enter() async throws {
        let ticket: Int? = state.withLock { state in
            guard state.free > 0 || state.waiting.count < longestQueue else { return nil }
            state.tickets += 1
            return state.tickets
        }
        guard let ticket else { throw Problem.tooManyQuestions }
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

extension Problem {
    /// 503: the maximum number of questions waits already.
    static let tooManyQuestions = unavailable(
        "The server cannot answer more questions of this kind in time: try again shortly.",
        retryAfter: 2
    )
}
