internal import Concurrency
internal import Synchronization

/// Lets one task sleep until another wakes it.
///
/// A ring without a waiter is kept; at most one.
final class Doorbell: Sendable {
    private struct State {
        var isRung = false
        var waiting = WaitList<Void>()
    }

    private let state = Mutex(State())

    /// Wakes the waiter, or the next one.
    func ring() {
        let waiter = state.withLock { state in
            state.isRung = state.waiting.isEmpty
            return state.waiting.takeFirst()
        }
        waiter?.resume()
    }

    /// Returns at a ring, after the time-out, or when the task is cancelled.
    func wait(upTo timeout: Duration) async {
        _ = await withTimeout(timeout) {
            await self.state.wait(in: \.waiting) { state in
                defer { state.isRung = false }
                return state.isRung ? () : nil
            }
        }
    }
}
