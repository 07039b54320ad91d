import CLibPQ
import Glibc

/// How long to wait for the server, and what may end the wait early.
struct WaitLimit {
    /// When to cancel the statement on the server; nil for never.
    var deadline: ContinuousClock.Instant?
    /// Whether the interrupter cancels the statement.
    ///
    /// COMMIT and ROLLBACK are not interrupted.
    var isInterruptible = true
    /// Set once a cancel request has been sent, with its reason.
    var cancellation: Cancellation?

    enum Cancellation {
        case interrupted
        case deadlineExceeded
    }
}

extension PGConnection {
    /// Sends what is buffered, and waits until the server has taken it.
    func flush(_ limit: inout WaitLimit) throws(PostgresError) {
        while true {
            switch PQflush(pointer) {
            case 0: return
            case 1:
                // The server may be blocked on sending to us while we are blocked on sending to it: take both.
                if try wait(for: Int16(POLLIN | POLLOUT), &limit) & Int16(POLLIN) != 0,
                    PQconsumeInput(pointer) == 0
                {
                    throw lostError()
                }
            default: throw lostError()
            }
        }
    }

    /// Waits until ``PQgetResult`` has a result without blocking.
    func awaitInput(_ limit: inout WaitLimit) throws(PostgresError) {
        while PQisBusy(pointer) != 0 {
            _ = try wait(for: Int16(POLLIN), &limit)
            // On failure libpq has stored an error result, which often carries the server's reason: go and get it.
            if PQconsumeInput(pointer) == 0 { return }
        }
    }

    /// Waits until the server has sent more.
    func awaitCopyData(_ limit: inout WaitLimit) throws(PostgresError) {
        _ = try wait(for: Int16(POLLIN), &limit)
        guard PQconsumeInput(pointer) == 1 else { throw lostError() }
    }

    /// The next result of the statement under way; nil after the last.
    func nextResult(_ limit: inout WaitLimit) throws(PostgresError) -> PGResult? {
        try awaitInput(&limit)
        return PQgetResult(pointer).map(PGResult.init)
    }

    /// Waits for the socket.
    ///
    /// On an interruption or at the deadline it sends a cancel request and goes on waiting, for ``patience`` at most:
    /// then the connection is given up.
    func wait(for events: Int16, _ limit: inout WaitLimit) throws(PostgresError) -> Int16 {
        while true {
            // poll ignores a negative descriptor.
            let interruption = limit.isInterruptible && limit.cancellation == nil ? interrupter.fileDescriptor : -1
            var descriptors: InlineArray<2, pollfd> = [
                pollfd(fd: socket, events: events, revents: 0),
                pollfd(fd: interruption, events: Int16(POLLIN), revents: 0),
            ]
            let timeout = limit.pollTimeout
            var span = descriptors.mutableSpan
            let ready = span.withUnsafeMutableBufferPointer { poll($0.baseAddress, 2, timeout) }
            if ready < 0 && errno != EINTR { throw lostError() }
            if descriptors[0].revents != 0 { return descriptors[0].revents }
            if descriptors[1].revents != 0 {
                requestCancellation(because: .interrupted, &limit)
            } else if let deadline = limit.deadline, ready == 0, deadline <= .now {
                guard limit.cancellation == nil, limit.isInterruptible else { throw lostError() }
                requestCancellation(because: .deadlineExceeded, &limit)
            }
        }
    }

    /// Asks the server to cancel the statement.
    ///
    /// `PQcancel` makes a connection of its own and blocks without a limit, so it gets a thread of its own: this one
    /// must be able to give up.
    func requestCancellation(because reason: WaitLimit.Cancellation, _ limit: inout WaitLimit) {
        limit.cancellation = reason
        limit.deadline = .now + patience
        guard let cancel = PGCancel(pointer) else { return }
        cancelRequest = cancel
        startThread { cancel.send() }
    }
}

extension WaitLimit {
    /// The time left as `poll` takes it.
    fileprivate var pollTimeout: Int32 {
        guard let deadline else { return -1 }
        return Int32(clamping: max(0, ContinuousClock.now.duration(to: deadline).milliseconds))
    }
}
