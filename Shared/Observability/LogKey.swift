/// Every key that a log line may have.
///
/// One enum for the whole suite: a search for `request_id` finds the request in every service, and one thing has one
/// key. No key stands for a coordinate, a person's name or a value bound to a statement, which never go to a log.
package enum LogKey: String, Sendable, CaseIterable {
    // A request
    case requestID = "request_id"
    case traceID = "trace_id"
    case spanID = "span_id"
    case method
    /// The route's template, such as `/api/persons/{id}`, not the requested path.
    case route
    case status
    case remoteAddress = "remote_address"

    // Quantities
    case count
    /// The number of similar lines suppressed before this one.
    case omitted
    case bytes
    case limit
    case duration = "duration_seconds"
    case delay = "delay_seconds"
    case deadline = "deadline_seconds"
    case attempt

    // Failures
    /// The Swift type of the error.
    case errorType = "error_type"
    /// The error's own code, a constant of the program or of the outside system.
    case errorCode = "error_code"
    case sqlState = "sqlstate"
    case reason

    // Outside systems
    case host
    case port
    case statement
    case migration
    case file

    // The queue
    case topic
    case partition
    case offset
    case expected

    // The process
    case component
    case signal
    case setting
    /// The signed end of a chain of the audit.
    case head
}
