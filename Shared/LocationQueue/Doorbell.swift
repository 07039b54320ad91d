internal import Synchronization

/// Lets one task sleep until another wakes it.
///
/// A ring without a waiter is kept; at most one.
final class Doorbell: Sendable {
    private struct State {
        var isRung = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Wakes the waiter, or the next one.
    func ring() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            defer { state.waiter = nil }
            state.isRung = state.waiter == nil
            return state.waiter
        }
        waiter?.resume()
    }

    /// Returns at a ring, after the time-out, or when the task is cancelled.
    func wait(upTo timeout: Duration) async {
        await withTaskGroup { group in
            group.addTask { try? await Task.sleep(for: timeout) }
            group.addTask {
                await withTaskCancellationHandler {
                    await self.waitForRing()
                } onCancel: {
                    // A kept ring would only make the next wait return early.
                    self.ring()
                }
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func waitForRing() async {
        await withCheckedContinuation { continuation in
            let isRung = state.withLock { state -> Bool in
                if !state.isRung { state.waiter = continuation }
                defer { state.isRung = false }
                return state.isRung
            }
            if isRung { continuation.resume() }
        }
    }
}
