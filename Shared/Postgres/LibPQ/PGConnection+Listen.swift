import CLibPQ
import Concurrency
import Glibc

extension PGConnection {
    /// Subscribes the session to channels.
    func listen(to channels: [String]) throws(PostgresError) {
        for channel in channels {
            let statement: PostgresQuery = "LISTEN \(identifier: channel)"
            _ = try runScript(statement.sql, WaitLimit(deadline: .now + patience))
        }
    }

    /// Passes on each notification as it arrives, until an interruption.
    ///
    /// After `idleCheckInterval` without a notification, a round trip checks whether the server still answers.
    func receiveNotifications(
        idleCheckInterval: Duration,
        _ body: (PostgresNotification) -> Void
    ) throws(PostgresError) {
        while true {
            while let notification = PQnotifies(pointer) {
                defer { PQfreemem(notification) }
                body(
                    .notification(
                        channel: String(cString: notification.pointee.relname),
                        payload: String(cString: notification.pointee.extra)
                    )
                )
            }
            if interrupter.isPending { return }
            if try waitForInput(for: idleCheckInterval) {
                guard PQconsumeInput(pointer) == 1 else { throw lostError() }
            } else if !interrupter.isPending {
                let limit = WaitLimit(deadline: .now + patience, isInterruptible: false)
                _ = try runScript("", limit)
            }
        }
    }

    /// Waits for the socket or an interruption; true if the socket is readable.
    private func waitForInput(for timeout: Duration) throws(PostgresError) -> Bool {
        var descriptors: InlineArray<2, pollfd> = [
            pollfd(fd: socket, events: Int16(POLLIN), revents: 0),
            pollfd(fd: interrupter.fileDescriptor, events: Int16(POLLIN), revents: 0),
        ]
        var span = descriptors.mutableSpan
        let ready = span.withUnsafeMutableBufferPointer {
            poll($0.baseAddress, 2, Int32(clamping: timeout.milliseconds))
        }
        if ready < 0 && errno != EINTR { throw lostError() }
        return descriptors[0].revents != 0
    }
}
