package import Observability

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
