/// The error of a call, for its client.
///
/// Handlers throw it. The message is a constant sentence that names the cause and the next step, without personal data.
package struct RPCError: Error, Sendable, CustomStringConvertible {
    /// The status codes of gRPC, with the numbers that the protocol gives them.
    package enum Code: Int, Sendable, CaseIterable {
        /// The call was cancelled, usually by its client.
        case cancelled = 1
        /// The cause is unknown.
        case unknown = 2
        /// The request is wrong in any state of the system.
        case invalidArgument = 3
        /// The client's deadline has passed.
        case deadlineExceeded = 4
        /// The resource does not exist.
        case notFound = 5
        /// The resource already exists.
        case alreadyExists = 6
        /// The caller is not permitted to do this.
        case permissionDenied = 7
        /// A resource is exhausted: retry later, or with less.
        case resourceExhausted = 8
        /// The system's state must change first.
        case failedPrecondition = 9
        /// The call conflicted with another one.
        case aborted = 10
        /// A value is out of range.
        case outOfRange = 11
        /// The method does not exist.
        case unimplemented = 12
        /// An invariant of the server is broken.
        case `internal` = 13
        /// The service is unavailable: retry.
        case unavailable = 14
        /// Data was lost.
        case dataLoss = 15
        /// The caller is not authenticated.
        case unauthenticated = 16
    }

    /// The status.
    package let code: Code
    /// A sentence about this occurrence.
    package let message: String
    /// Details for programs: `google.rpc` messages in the trailer `grpc-status-details-bin`.
    package let details: [RPCErrorDetail]

    /// An error.
    package init(_ code: Code, _ message: String, details: [RPCErrorDetail] = []) {
        self.code = code
        self.message = message
        self.details = details
    }

    package var description: String { "\(code.name): \(message)" }
}

extension RPCError.Code {
    /// The protocol's name of the code, for metrics and logs.
    package var name: String {
        switch self {
        case .cancelled: "CANCELLED"
        case .unknown: "UNKNOWN"
        case .invalidArgument: "INVALID_ARGUMENT"
        case .deadlineExceeded: "DEADLINE_EXCEEDED"
        case .notFound: "NOT_FOUND"
        case .alreadyExists: "ALREADY_EXISTS"
        case .permissionDenied: "PERMISSION_DENIED"
        case .resourceExhausted: "RESOURCE_EXHAUSTED"
        case .failedPrecondition: "FAILED_PRECONDITION"
        case .aborted: "ABORTED"
        case .outOfRange: "OUT_OF_RANGE"
        case .unimplemented: "UNIMPLEMENTED"
        case .internal: "INTERNAL"
        case .unavailable: "UNAVAILABLE"
        case .dataLoss: "DATA_LOSS"
        case .unauthenticated: "UNAUTHENTICATED"
        }
    }
}

/// Details of an error for programs: messages of `google/rpc/error_details.proto`.
package enum RPCErrorDetail: Sendable, Equatable {
    /// `google.rpc.RetryInfo`: how long to wait before a retry.
    case retry(after: Duration)
    /// `google.rpc.BadRequest`: the fields that are wrong.
    case badRequest([FieldViolation])

    /// A field such as `locations[3].latitude`, and what was expected.
    package struct FieldViolation: Sendable, Equatable {
        /// The path from the request to the field, with the names of the .proto file.
        package let field: String
        /// A sentence that says what was expected.
        package let description: String

        /// A field with a sentence.
        package init(_ field: String, _ description: String) {
            self.field = field
            self.description = description
        }
    }
}

/// An error with an answer for the client; any other error is answered `INTERNAL` without details.
package protocol RPCErrorConvertible: Error {
    /// The error for the client.
    var rpcError: RPCError { get }
}

extension RPCError: RPCErrorConvertible {
    package var rpcError: RPCError { self }
}
