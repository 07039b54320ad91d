/// Estimates the offset of a device's clock from the apparent delays of its messages.
///
/// The apparent delay is the difference between the arrival, by this machine's clock, and the fix, by the device's clock. It
/// equals the transmission time minus the clock's offset. A message can be late but never early, so the smallest delay of every
/// eight messages counts, and of the last five of these the median. A device that always sends late seems slow. A delay over
/// ``longestDelay`` means that the message was buffered; it is ignored.
struct ClockEstimate: Equatable {
    /// Number of messages in a group.
    private static let groupSize = 8
    /// Number of groups for the median.
    private static let groupCount = 5

    /// Maximum delay, in microseconds, that counts.
    ///
    /// Phones with a network are faster, and buffered messages are older.
    static let longestDelay: Int64 = 6 * 3_600 * 1_000_000

    private var least: [Int64] = []
    private var current: Int64?
    private var count = 0

    /// Adds the delay of a message in microseconds.
    mutating func note(delay: Int64) {
        guard delay <= Self.longestDelay else { return }
        current = min(current ?? delay, delay)
        count += 1
        guard count == Self.groupSize, let current else { return }
        if least.count == Self.groupCount { least.removeFirst() }
        least.append(current)
        (self.current, count) = (nil, 0)
    }

    /// The clock's offset in milliseconds, positive if it is fast; `nil` before the first usable message.
    var offset: Int64? {
        let delays = (least.isEmpty ? [current].compactMap { $0 } : least).sorted()
        guard !delays.isEmpty else { return nil }
        return -delays[(delays.count - 1) / 2] / 1_000
    }
}
