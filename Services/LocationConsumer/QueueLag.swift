/// How far storing is behind the queue, in messages and in time, reckoned from how the queue's ends have moved.
///
/// A message that has not been stored is at least as old as the moment at which the queue's end was seen beyond it. So
/// no message need be read, and both queues are measured alike; the age is short by the time between two looks at most.
struct QueueLag {
    /// An end of a partition, and when it was first seen.
    private struct Milestone {
        let offset: Int64
        let seenAt: ContinuousClock.Instant
    }

    /// How many ends of a partition are remembered; beyond that every second one is forgotten.
    private static let maximumMilestones = 1_000

    private var milestones: [Int: [Milestone]] = [:]

    /// Messages in the queue that have not been stored.
    private(set) var messages: Int64 = 0
    /// Seconds since the oldest of them was first known of; 0 if there is none.
    private(set) var seconds = 0.0

    /// Takes a look.
    ///
    /// - Parameters:
    ///   - ends: the offset behind the last message, by partition.
    ///   - stored: the offset to go on from, by partition; 0 where nothing was stored.
    ///   - now: the moment of the look.
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
