package import Models
internal import Synchronization

/// Makes an index of locations that come in pieces, in any order.
///
/// A day's locations are gathered until they are worth sorting. Beside the index itself it holds twice as many as are sorted
/// at once, so that loading takes little more memory than what is loaded.
package final class GridIndexBuilder: Sendable {
    /// How many are worth sorting if the day seems to be over.
    private static let leastCount = 1 << 16

    private struct State {
        var index: GridIndex
        /// The locations of a day that are sorted at once.
        let segmentCount: Int
        var waiting: [CalendarDate: [Location]] = [:]
        var waitingCount = 0

        /// The days of the piece that came last.
        var latest: Set<CalendarDate> = []

        /// A day to be sorted: it has enough locations, or seems to have all, or is the largest and too many wait.
        var dueDay: CalendarDate? {
            if let over = waiting.first(where: { $1.count >= leastCount && !latest.contains($0) }) { return over.key }
            guard let largest = waiting.max(by: { $0.value.count < $1.value.count }) else { return nil }
            let isDue = largest.value.count >= segmentCount || waitingCount > 2 * segmentCount
            return isDue ? largest.key : nil
        }
    }

    private let state: Mutex<State>
    private let maximumCount: Int

    /// Makes an empty index.
    ///
    /// - Parameters:
    ///   - firstDay: the first day whose locations are taken; all if `nil`.
    ///   - maximumCount: how many locations are taken at most; beyond, the oldest days are let go.
    ///   - segmentCount: how many locations of a day are sorted at once at most: about 120 bytes of memory each.
    package init(from firstDay: CalendarDate?, maximumCount: Int, segmentCount: Int = 1 << 20) {
        state = Mutex(State(index: GridIndex(from: firstDay), segmentCount: segmentCount))
        self.maximumCount = maximumCount
    }

    /// Takes locations, none of which repeats another.
    package func add(_ locations: [Location]) {
        state.withLock { state in
            state.latest = []
            Self.gather(locations, into: &state)
            while let day = state.dueDay { sort(day, of: &state) }
        }
    }

    /// Sorts what is left.
    ///
    /// - Returns: the index.
    package func finish() -> GridIndex {
        state.withLock { state in
            for day in state.waiting.keys.sorted(by: >) { sort(day, of: &state) }
            return state.index
        }
    }

    private static func gather(_ locations: [Location], into state: inout State) {
        // Neighbours in the table are nearly always of the same day.
        var start = 0
        while start < locations.count {
            let day = locations[start].report.creationTime.day
            let time = day.microseconds..<day.microseconds + 86_400_000_000
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
        // What has been let go meanwhile need not be sorted.
        guard let firstDay = state.index.firstDay else { return }
        for (day, locations) in state.waiting where day < firstDay {
            state.waiting[day] = nil
            state.waitingCount -= locations.count
        }
    }
}
