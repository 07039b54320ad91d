import Concurrency
import Synchronization

/// Holds notifications until they are read: in order, without duplicates, and at most a limit.
final class NotificationBuffer: Sendable {
    private struct State {
        var pending: [PostgresNotification] = []
        var readers = WaitList<PostgresNotification?>()
        var isFinished = false
    }

    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    /// Adds a notification, or passes it to the waiter.
    func push(_ notification: PostgresNotification) {
        let reader = state.withLock { state -> WaitList<PostgresNotification?>.Waiter? in
            if let reader = state.readers.takeFirst() { return reader }
            if state.pending.contains(notification) { return nil }
            if state.pending.count >= capacity {
                // A reader that reads the state again needs none of them.
                state.pending = [.reconnected]
            } else {
                state.pending.append(notification)
            }
            return nil
        }
        reader?.resume(returning: notification)
    }

    /// Ends the sequence after the pending notifications.
    func finish() {
        let reader = state.withLock { state in
            state.isFinished = true
            return state.readers.takeFirst()
        }
        reader?.resume(returning: nil)
    }

    /// Waits for the next notification; nil after ``finish()`` or if the task is cancelled.
    func next() async -> PostgresNotification? {
        await state.wait(in: \.readers) { state in
            if !state.pending.isEmpty { return .some(state.pending.removeFirst()) }
            // A second concurrent iterator ends at once, so that it does not steal from the first one.
            return state.isFinished || !state.readers.isEmpty ? .some(nil) : nil
        } ?? nil
    }
}
