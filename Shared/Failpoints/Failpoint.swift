#if FAILPOINTS
internal import Glibc
internal import Synchronization
#endif

/// A place in the code at which tests let the process die, as by `kill -9`.
///
/// Only builds with the compilation condition `FAILPOINTS` know how: debug builds, and the one that `scripts/faults` makes
/// for itself. In every other build ``reach()`` is empty. `FAILPOINT=consumer-before-commit:3` in the environment arms one:
/// the process dies the third time that it is reached. With `:halt` behind it, it is halted instead (SIGSTOP).
package enum Failpoint: String, CaseIterable, Sendable {
    /// Locations have been read, and nothing has been handed to the queue.
    case producerBeforeProduce = "producer-before-produce"
    /// Locations are on their way to the queue; nobody knows whether it has them.
    case producerAfterEnqueue = "producer-after-enqueue"
    /// The queue has the locations, and the sender has not been told.
    case producerAfterReport = "producer-after-report"
    /// Messages have been taken out of the queue.
    case consumerAfterPoll = "consumer-after-poll"
    /// Offsets have been advanced and rows are staged, in a transaction that is open.
    case consumerInInsert = "consumer-in-insert"
    /// All has been written, in a transaction that is open.
    case consumerBeforeCommit = "consumer-before-commit"
    /// The transaction has been committed, and the queue has not been told.
    case consumerAfterCommit = "consumer-after-commit"
    /// The group has given partitions, and they are not read yet.
    case consumerWhileAssigned = "consumer-while-assigned"

    /// Passes, or dies if the environment says so.
    @inline(__always)
    package func reach() {
        #if FAILPOINTS
        Self.armed?.passOrDie(at: self)
        #endif
    }
}

#if FAILPOINTS
extension Failpoint {
    /// What the environment arms, read once; the only reader of the environment beside the configuration.
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
