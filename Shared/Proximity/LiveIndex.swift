package import Models
internal import Synchronization

/// The index as it changes: a state that is replaced by the next.
///
/// Readers take the ``current`` state, which costs them a reference; nothing that happens later is seen in it, and nothing
/// is ever waited for. Writers come one at a time.
package final class LiveIndex: Sendable {
    private let state: Mutex<GridIndex>
    /// Held by whoever makes the next state; readers do not know of it.
    private let writing = Mutex(())
    private let maximumCount: Int

    /// Makes an index without locations.
    ///
    /// - Parameter maximumCount: how many locations it holds at most; beyond, the oldest days are let go.
    package init(maximumCount: Int = .max) {
        self.maximumCount = maximumCount
        state = Mutex(GridIndex())
    }

    /// What can be asked at this moment.
    package var current: GridIndex { state.withLock { $0 } }

    /// Takes another state, such as one that was loaded anew.
    package func replace(with index: GridIndex) {
        writing.withLock { _ in publish(index) }
    }

    /// Adds locations; repetitions of what is there are left out.
    package func append(_ locations: [Location]) {
        writing.withLock { _ in publish(current.adding(locations)) }
    }

    /// Makes a person invisible.
    package func erase(_ person: PersonID) {
        writing.withLock { _ in publish(current.erasing(person)) }
    }

    /// Lets go of what lies before a day.
    package func drop(before day: CalendarDate) {
        writing.withLock { _ in publish(current.dropping(before: day)) }
    }

    /// Does the merge that is due, if one is, beside readers and writers.
    ///
    /// - Returns: whether there was one.
    package func compactIfDue() -> Bool {
        let before = current
        guard let merge = before.nextMerge else { return false }
        let merged = before.merged(merge)
        writing.withLock { _ in publish(current.replacing(merge, with: merged)) }
        return true
    }

    private func publish(_ next: GridIndex) {
        var next = next.limited(to: maximumCount)
        // The last reader of the state before frees what only that one held, not the lock's holder.
        let last = state.withLock { state in
            swap(&state, &next)
            return next
        }
        _ = consume last
    }
}
