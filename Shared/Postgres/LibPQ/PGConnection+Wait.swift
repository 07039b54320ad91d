import CLibPQ
import Concurrency
import Glibc

/// How long to wait for the server, and what may end the wait early.
struct WaitLimit {
    /// When to cancel the statement on the server; nil for never.
    var deadline: ContinuousClock.Instant?
    /// Whether the interrupter cancels the statement.
    ///
    /// COMMIT and ROLLBACK are not interrupted.
    var isInterruptible = true
    /// The reason of the cancel request, once it has been sent.
    var cancellation: Cancellation?

    enum Cancellation {
        case interrupted
        case deadlineExceeded
    }
}

extension PGConnection {
    /// Sends the buffer, and waits until the server has received it.
    func flush(_ limit: inout WaitLimit) throws(PostgresError) {
        while true {
            switch PQflush(pointer) {
            case 0: return
            case 1:
                // The server may block on sending to us while we block on sending to it, so wait for both directions.
                if try wait(for: Int16(POLLIN | POLLOUT), &limit) & Int16(POLLIN) != 0,
                    PQconsumeInput(pointer) == 0
                {
                    throw lostError()
                }
            default: throw lostError()
            }
        }
    }

    /// Waits until ``PQgetResult`` does not block.
    func awaitInput(_ limit: inout WaitLimit) throws(PostgresError) {
        while PQisBusy(pointer) != 0 {
            _ = try wait(for: Int16(POLLIN), &limit)
            // On failure libpq has stored an error result, which often has the server's reason, so continue to read it.
            if PQconsumeInput(pointer) == 0 { return }
        }
    }

    /// Waits until the server has sent more.
    func awaitCopyData(_ limit: inout WaitLimit) throws(PostgresError) {
        _ = try wait(for: Int16(POLLIN), &limit)
        guard PQconsumeInput(pointer) == 1 else { throw lostError() }
    }

    /// The next result of the running statement; nil after the last.
    func nextResult(_ limit: inout WaitLimit) throws(PostgresError) -> PGResult? {
        try awaitInput(&limit)
        return PQgetResult(pointer).map(PGResult.init)
    }

    /// Waits for the socket.
    ///
    /// On an interruption or at the deadline it sends a cancel request and continues to wait, for at most ``patience``.
    /// Then it gives the connection up.
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
    /// `PQcancel` opens a connection of its own and blocks without a limit. It gets a thread of its own, so that this
    /// one can give up.
    func requestCancellation(because reason: WaitLimit.Cancellation, _ limit: inout WaitLimit) {
        limit.cancellation = reason
        limit.deadline = .now + patience
        guard let cancel = PGCancel(pointer) else { return }
        cancelRequest = cancel
        startThread { cancel.send() }
    }
}

extension WaitLimit {
    /// The remaining time for `poll`.
    fileprivate var pollTimeout: Int32 {
        guard let deadline else { return -1 }
        return Int32(clamping: max(0, ContinuousClock.now.duration(to: deadline).milliseconds))
    }
}
