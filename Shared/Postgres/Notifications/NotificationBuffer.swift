import Synchronization

/// Holds notifications until they are read: in order, without duplicates, and at most a limit.
final class NotificationBuffer: Sendable {
    private struct State {
        var pending: [PostgresNotification] = []
        var waiter: CheckedContinuation<PostgresNotification?, Never>?
        var isFinished = false
    }

    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    /// Adds a notification, or passes it to the waiter.
    func push(_ notification: PostgresNotification) {
        let waiter = state.withLock { state -> CheckedContinuation<PostgresNotification?, Never>? in
            if let waiter = state.waiter {
                state.waiter = nil
                return waiter
            }
            if state.pending.contains(notification) { return nil }
            if state.pending.count >= capacity {
                // A reader that reads the state again needs none of them.
                state.pending = [.reconnected]
            } else {
                state.pending.append(notification)
            }
            return nil
        }
        waiter?.resume(returning: notification)
    }

    /// Ends the sequence after the pending notifications.
    func finish() {
        let waiter = state.withLock { state in
            state.isFinished = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: nil)
    }

    /// Waits for the next notification; nil after ``finish()`` or if the task is cancelled.
    func next() async -> PostgresNotification? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let result = state.withLock { state -> PostgresNotification?? in
                    if !state.pending.isEmpty { return .some(state.pending.removeFirst()) }
                    // A second concurrent iterator ends at once, so that it does not steal from the first one.
                    if state.isFinished || state.waiter != nil || Task.isCancelled { return .some(nil) }
                    state.waiter = continuation
                    return nil
                }
                if let result { continuation.resume(returning: result) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume(returning: nil)
        }
    }
}
