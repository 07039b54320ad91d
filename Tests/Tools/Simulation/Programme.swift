/// The event's timetable: the times of talks and lunch, in seconds since the event's start.
package struct Programme: Sendable {
    /// Parallel talks of one time, one in each room.
    package struct Slot: Hashable, Sendable {
        /// When they begin.
        package let start: Int
        /// When they end.
        package let end: Int
    }

    /// The talks in order: a quarter past each hour for forty minutes, except at noon.
    package let slots: [Slot]
    /// The hour in the middle of the day, if the event is long enough for one.
    package let lunch: Range<Int>?

    /// The timetable of an event of a duration in seconds.
    package init(duration: Int) {
        let hours = duration / 3_600
        let noon = hours >= 5 ? hours / 2 : nil
        lunch = noon.map { $0 * 3_600..<($0 + 1) * 3_600 }
        slots = (0...hours).filter { $0 != noon }
            .map { Slot(start: $0 * 3_600 + 900, end: $0 * 3_600 + 3_300) }
            .filter { $0.end + 300 <= duration }
    }

    /// The slot of talks to go to now: it begins within ten minutes, or began at most five minutes ago.
    func imminentSlot(at time: Int) -> Int? {
        slots.firstIndex { ($0.start - 600...$0.start + 300).contains(time) }
    }

    /// Whether it is time for coffee: the twenty minutes after talks, and the first half hour.
    func isCoffeeBreak(at time: Int) -> Bool {
        time < 1_800 || slots.contains { ($0.end..<$0.end + 1_200).contains(time) }
    }
}
