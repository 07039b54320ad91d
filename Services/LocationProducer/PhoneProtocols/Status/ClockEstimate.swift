/// Estimates how fast a device's clock is, from how long its messages seem to be under way.
///
/// The delay between a fix, by the device's clock, and its arrival, by this machine's, is what the message took less what the
/// clock is fast. A message can be late, and never early: so of every eight messages the least delay counts, and of the last
/// five of these the median. A device that always sends late looks slow; a message that is later than ``longestDelay`` was
/// kept back, and tells nothing about the clock.
struct ClockEstimate: Equatable {
    /// How many messages make a group.
    private static let groupSize = 8
    /// How many groups count.
    private static let groupCount = 5

    /// The longest delay that can be a clock's, in microseconds: no phone with a network is slower, and a backlog is older.
    static let longestDelay: Int64 = 6 * 3_600 * 1_000_000

    private var least: [Int64] = []
    private var current: Int64?
    private var count = 0

    /// Takes the delay of a message in microseconds.
    mutating func note(delay: Int64) {
        guard delay <= Self.longestDelay else { return }
        current = min(current ?? delay, delay)
        count += 1
        guard count == Self.groupSize, let current else { return }
        if least.count == Self.groupCount { least.removeFirst() }
        least.append(current)
        (self.current, count) = (nil, 0)
    }

    /// By how many milliseconds the clock seems to be fast; `nil` before the first message that tells.
    var offset: Int64? {
        let delays = (least.isEmpty ? [current].compactMap { $0 } : least).sorted()
        guard !delays.isEmpty else { return nil }
        return -delays[(delays.count - 1) / 2] / 1_000
    }
}
