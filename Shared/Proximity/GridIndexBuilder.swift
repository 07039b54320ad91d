package import Models
internal import Synchronization

/// Builds an index from batches of locations in any order.
///
/// It collects a day's locations until it can sort a large segment. Besides the index itself, it holds at most twice the
/// locations of one sort, so loading takes little more memory than the loaded index.
package final class GridIndexBuilder: Sendable {
    /// Minimum number of locations in a sort, when the day seems complete.
    private static let leastCount = 1 << 16

    private struct State {
        var index: GridIndex
        /// The number of locations in a full sort.
        let segmentCount: Int
        var waiting: [CalendarDate: [Location]] = [:]
        var waitingCount = 0

        /// The days of the last batch.
        var latest: Set<CalendarDate> = []

        /// The next day to sort: one with enough locations, one that seems complete, or the largest if too many locations wait.
        var dueDay: CalendarDate? {
            if let over = waiting.first(where: { $1.count >= leastCount && !latest.contains($0) }) { return over.key }
            guard let largest = waiting.max(by: { $0.value.count < $1.value.count }) else { return nil }
            let isDue = largest.value.count >= segmentCount || waitingCount > 2 * segmentCount
            return isDue ? largest.key : nil
        }
    }

    private let state: Mutex<State>
    private let maximumCount: Int

    /// Creates a builder without locations.
    ///
    /// - Parameters:
    ///   - firstDay: the first day of accepted locations; `nil` accepts all.
    ///   - maximumCount: the maximum number of locations; beyond it, the builder evicts the oldest days.
    ///   - segmentCount: the maximum number of locations in one sort, which takes about 120 bytes of memory for each.
    package init(from firstDay: CalendarDate?, maximumCount: Int, segmentCount: Int = 1 << 20) {
        state = Mutex(State(index: GridIndex(from: firstDay), segmentCount: segmentCount))
        self.maximumCount = maximumCount
    }

    /// Adds locations without repetitions.
    package func add(_ locations: [Location]) {
        state.withLock { state in
            state.latest = []
            Self.gather(locations, into: &state)
            while let day = state.dueDay { sort(day, of: &state) }
        }
    }

    /// Sorts the remaining locations.
    ///
    /// - Returns: the index.
    package func finish() -> GridIndex {
        state.withLock { state in
            for day in state.waiting.keys.sorted(by: >) { sort(day, of: &state) }
            return state.index
        }
    }

    private static func gather(_ locations: [Location], into state: inout State) {
        // Adjacent rows of the table are nearly always on the same day.
        var start = 0
        while start < locations.count {
            let day = locations[start].report.creationTime.day
            let time = day.microseconds..<day.microseconds + CalendarDate.microsecondsPerDay
            var end = start + 1
            while end < locations.count, time.contains(locations[end].report.creationTime.microseconds) { end += 1 }
            if state.index.firstDay.map({ $0 <= day }) ?? true {
                state.latest.insert(day)
                state.waiting[day, default: []] += locations[start..<end]
                state.waitingCount += end - start
            }
            start = end
        }
    }

    private func sort(_ day: CalendarDate, of state: inout State) {
        guard let locations = state.waiting.removeValue(forKey: day) else { return }
        state.waitingCount -= locations.count
        state.index = state.index.adding(locations, areDistinct: true).limited(to: maximumCount)
        // Skip evicted days.
        guard let firstDay = state.index.firstDay else { return }
        for (day, locations) in state.waiting where day < firstDay {
            state.waiting[day] = nil
            state.waitingCount -= locations.count
        }
    }
}
