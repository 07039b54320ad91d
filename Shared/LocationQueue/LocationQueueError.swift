package import Observability

/// A failure of the queue.
package struct LocationQueueError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure that a caller can tell apart.
    package enum Code: String, Sendable {
        /// Too many messages wait to be appended; retry shortly.
        case full
        /// The disk of the queue is nearly full.
        case storageLow
        /// The queue cannot be reached or does not answer in time.
        case unavailable
        /// The queue has been stopped.
        case stopped
        /// The log begins after an offset or ends before it, so this reader would lose messages.
        case offsetOutOfRange
        /// The queue does not have the partitions that this program expects.
        case partitionCount
        /// A block of the log is damaged.
        case corruptBlock
        /// An offset is too large for the id of a location.
        case offsetBeyondNumbering
    }

    /// The kind of failure.
    package let code: Code
    /// The error that caused it, if any.
    package let cause: (any Error)?

    /// An error of a kind.
    package init(_ code: Code, cause: (any Error)? = nil) {
        self.code = code
        self.cause = cause
    }

    /// A sentence that names the next step.
    package var description: String {
        switch code {
        case .full: "The queue takes no more messages at this moment: try again shortly."
        case .storageLow: "The disk is nearly full, so locations are refused for now: try again later."
        case .unavailable: "The queue cannot be reached: try again shortly."
        case .stopped: "The queue is shutting down: try again with another instance."
        case .offsetOutOfRange:
            "The queue does not hold the offset that the database is at: restore the queue, or set the offset by hand."
        case .partitionCount:
            "The queue has no partitions, more than 64, or fewer than before: check its configuration."
        case .corruptBlock:
            "A block of the queue's log is damaged: restore the database, or move the offset past the block."
        case .offsetBeyondNumbering:
            "An offset of the queue is 2⁴⁶ or more, which no location's id can hold: begin a new queue."
        }
    }
}

extension LocationQueueError: LoggableError {
    /// The details of the cause, below the own code.
    package var logMetadata: LogMetadata {
        var metadata: LogMetadata = [.reason: .string(code.rawValue)]
        if let cause {
            metadata[.errorType] = .string(String(describing: type(of: cause)))
            if let cause = cause as? any LoggableError { metadata = metadata.merging(cause.logMetadata) }
        }
        return metadata
    }
}
