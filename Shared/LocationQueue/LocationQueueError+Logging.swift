package import Observability

extension LocationQueueError: LoggableError {
    /// What its cause tells, below its own code.
    package var logMetadata: LogMetadata {
        var metadata: LogMetadata = [.reason: .string(code.rawValue)]
        if let cause {
            metadata[.errorType] = .string(String(describing: type(of: cause)))
            if let cause = cause as? any LoggableError { metadata = metadata.merging(cause.logMetadata) }
        }
        return metadata
    }
}
