internal import Observability

/// An answer of the issuer with another status than 200; redirects are such, too.
struct UnexpectedStatus: LoggableError {
    let status: Int

    var logMetadata: LogMetadata { [.status: .integer(status)] }
}
