#if FAILPOINTS
internal import Glibc
internal import Synchronization
#endif

/// A place in the code at which tests can kill the process, as by `kill -9`.
///
/// It works only in builds with the compilation condition `FAILPOINTS`: debug builds, and the build of
/// `scripts/faults`. In other builds ``reach()`` is empty. `FAILPOINT=consumer-before-commit:3` in the environment arms
/// one: the process dies when it is reached for the third time. With the suffix `:halt`, the process is stopped instead
/// (SIGSTOP).
package enum Failpoint: String, CaseIterable, Sendable {
    /// Locations have been decoded, and nothing has been passed to the queue.
    case producerBeforeProduce = "producer-before-produce"
    /// Locations are in transit to the queue, with an unknown outcome.
    case producerAfterEnqueue = "producer-after-enqueue"
    /// The queue has the locations, and the sender has no answer yet.
    case producerAfterReport = "producer-after-report"
    /// Messages have been read from the queue.
    case consumerAfterPoll = "consumer-after-poll"
    /// Offsets have been advanced and rows are staged, in an open transaction.
    case consumerInInsert = "consumer-in-insert"
    /// Everything has been written, in an open transaction.
    case consumerBeforeCommit = "consumer-before-commit"
    /// The transaction has been committed, and the queue has not been notified.
    case consumerAfterCommit = "consumer-after-commit"
    /// The group has assigned partitions, which are not read yet.
    case consumerWhileAssigned = "consumer-while-assigned"

    /// Passes, or kills the process if the environment arms this failpoint.
    @inline(__always)
    package func reach() {
        #if FAILPOINTS
        Self.armed?.passOrDie(at: self)
        #endif
    }
}

#if FAILPOINTS
extension Failpoint {
    /// The armed failpoint, read once from the environment; only the configuration reads the environment otherwise.
    fileprivate static let armed: Fuse? = {
        guard let text = getenv("FAILPOINT").map({ String(cString: $0) }) else { return nil }
        let parts = text.split(separator: ":")
        guard let point = parts.first.flatMap({ Failpoint(rawValue: String($0)) }) else { return nil }
        return Fuse(
            point,
            countdown: parts.count > 1 ? Int(parts[1]) ?? 1 : 1,
            signal: parts.last == "halt" ? SIGSTOP : SIGKILL
        )
    }()
}

private final class Fuse: Sendable {
    private let point: Failpoint
    private let countdown: Atomic<Int>
    private let signal: Int32

    init(_ point: Failpoint, countdown: Int, signal: Int32) {
        self.point = point
        self.signal = signal
        self.countdown = Atomic(countdown)
    }

    func passOrDie(at point: Failpoint) {
        guard point == self.point else { return }
        if countdown.subtract(1, ordering: .relaxed).newValue == 0 { kill(getpid(), signal) }
    }
}
#endif
