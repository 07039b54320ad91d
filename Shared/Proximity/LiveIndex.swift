package import Models
internal import Synchronization

/// The current state of the index, replaced atomically by the next state.
///
/// Readers take the ``current`` state at the cost of a reference. They see no later changes and never wait. Writers take
/// turns.
package final class LiveIndex: Sendable {
    private struct State {
        var index = GridIndex()
        var revision = 0
    }

    private let state: Mutex<State>
    /// Serialises writers; readers do not use it.
    private let writing = Mutex(())
    private let maximumCount: Int
    private let maximumMerge: Int

    /// Creates an empty index.
    ///
    /// - Parameters:
    ///   - maximumCount: the maximum number of locations; beyond it, the index evicts the oldest days.
    ///   - maximumMerge: the maximum number of locations in one merge.
    package init(maximumCount: Int = .max, maximumMerge: Int = .max) {
        self.maximumCount = maximumCount
        self.maximumMerge = maximumMerge
        state = Mutex(State())
    }

    /// The state to answer questions from.
    package var current: GridIndex { state.withLock { $0.index } }

    /// Increases whenever answers may have changed.
    package var revision: Int { state.withLock { $0.revision } }

    /// Replaces the state, for example after loading.
    package func replace(with index: GridIndex) {
        writing.withLock { _ in publish(index) }
    }

    /// Adds locations, without repetitions of existing ones.
    package func append(_ locations: [Location]) {
        writing.withLock { _ in publish(current.adding(locations)) }
    }

    /// Hides a person's locations at once.
    package func erase(_ person: PersonID) {
        writing.withLock { _ in publish(current.erasing(person)) }
    }

    /// Removes a person's locations of a time window.
    package func remove(_ person: PersonID, in window: TimeWindow) {
        writing.withLock { _ in publish(current.removing(person, in: window)) }
    }

    /// Evicts locations before a day.
    package func drop(before day: CalendarDate) {
        writing.withLock { _ in publish(current.dropping(before: day)) }
    }

    /// Runs the next due merge, concurrently with readers and writers.
    ///
    /// - Returns: whether a merge was due.
    package func compactIfDue() -> Bool {
        let before = current
        guard let merge = before.nextMerge(upTo: maximumMerge) else { return false }
        let merged = before.merged(merge)
        writing.withLock { _ in publish(current.replacing(merge, with: merged), isChange: false) }
        return true
    }

    /// - Parameters:
    ///   - next: the next state.
    ///   - isChange: whether answers may change.
    private func publish(_ next: GridIndex, isChange: Bool = true) {
        var next = next.limited(to: maximumCount)
        // Release the previous state outside the lock, because freeing it may take long.
        let last = state.withLock { state in
            swap(&state.index, &next)
            if isChange { state.revision += 1 }
            return next
        }
        _ = consume last
    }
}
