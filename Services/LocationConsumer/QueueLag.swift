/// The consumer's lag in messages and in time, derived from the progress of the queue's ends.
///
/// An unstored message is at least as old as the first observation of an end beyond it. So no message has to be read,
/// and both queues are measured in the same way. The age is too short by at most the time between two observations.
struct QueueLag {
    /// An end of a partition, and the time of its first observation.
    private struct Milestone {
        let offset: Int64
        let seenAt: ContinuousClock.Instant
    }

    /// The maximum number of remembered ends per partition; beyond it, every second one is dropped.
    private static let maximumMilestones = 1_000

    private var milestones: [Int: [Milestone]] = [:]

    /// Messages in the queue that are not stored yet.
    private(set) var messages: Int64 = 0
    /// The age of the oldest of them in seconds; 0 without messages.
    private(set) var seconds = 0.0

    /// Observes the queue.
    ///
    /// - Parameters:
    ///   - ends: the end offset of each partition.
    ///   - stored: the next offset to store of each partition; 0 if nothing was stored.
    ///   - now: the time of the observation.
    mutating func observe(ends: [Int: Int64], stored: [Int: Int64], at now: ContinuousClock.Instant = .now) {
        messages = 0
        var oldest = now
        for (partition, end) in ends {
            let next = stored[partition] ?? 0
            messages += max(end - next, 0)
            var waiting = milestones[partition, default: []]
            waiting.removeAll { $0.offset <= next || $0.offset > end }
            if end > next, waiting.last.map({ $0.offset < end }) ?? true {
                waiting.append(Milestone(offset: end, seenAt: now))
            }
            if waiting.count > Self.maximumMilestones {
                waiting = waiting.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
            }
            if let first = waiting.first { oldest = min(oldest, first.seenAt) }
            milestones[partition] = waiting
        }
        seconds = oldest.duration(to: now) / .seconds(1)
    }
}
