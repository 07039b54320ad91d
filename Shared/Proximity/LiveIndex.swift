package import Models
internal import Synchronization

/// The index as it changes: a state that is replaced by the next.
///
/// Readers take the ``current`` state, which costs them a reference; nothing that happens later is seen in it, and nothing
/// is ever waited for. Writers come one at a time.
package final class LiveIndex: Sendable {
    private struct State {
        var index = GridIndex()
        var revision = 0
    }

    private let state: Mutex<State>
    /// Held by whoever makes the next state; readers do not know of it.
    private let writing = Mutex(())
    private let maximumCount: Int
    private let maximumMerge: Int

    /// Makes an index without locations.
    ///
    /// - Parameters:
    ///   - maximumCount: the most locations that it holds; beyond that it evicts the oldest days.
    ///   - maximumMerge: how many of them are merged at once at most.
    package init(maximumCount: Int = .max, maximumMerge: Int = .max) {
        self.maximumCount = maximumCount
        self.maximumMerge = maximumMerge
        state = Mutex(State())
    }

    /// What can be asked at this moment.
    package var current: GridIndex { state.withLock { $0.index } }

    /// A number that is another one when answers may have changed.
    package var revision: Int { state.withLock { $0.revision } }

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
        guard let merge = before.nextMerge(upTo: maximumMerge) else { return false }
        let merged = before.merged(merge)
        writing.withLock { _ in publish(current.replacing(merge, with: merged), isChange: false) }
        return true
    }

    /// - Parameters:
    ///   - next: the next state.
    ///   - isChange: whether answers may be others.
    private func publish(_ next: GridIndex, isChange: Bool = true) {
        var next = next.limited(to: maximumCount)
        // The last reader of the state before frees what only that one held, not the lock's holder.
        let last = state.withLock { state in
            swap(&state.index, &next)
            if isChange { state.revision += 1 }
            return next
        }
        _ = consume last
    }
}
