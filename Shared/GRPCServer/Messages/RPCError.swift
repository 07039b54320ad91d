/// How a call ended, if not well: what its client reads.
///
/// Handlers throw it. The message is a constant sentence that names the thing and the next step, without anybody's data.
package struct RPCError: Error, Sendable, CustomStringConvertible {
    /// The status codes of gRPC, with the numbers that the protocol gives them.
    package enum Code: Int, Sendable, CaseIterable {
        /// The call was cancelled, mostly by its client.
        case cancelled = 1
        /// Nobody knows.
        case unknown = 2
        /// The request is wrong whatever the system's state.
        case invalidArgument = 3
        /// The time that the client gave is over.
        case deadlineExceeded = 4
        /// What was asked for is not there.
        case notFound = 5
        /// What was to be made is there already.
        case alreadyExists = 6
        /// The caller may not do this.
        case permissionDenied = 7
        /// There is too much of something: come again later, or with less.
        case resourceExhausted = 8
        /// The system's state has to change first.
        case failedPrecondition = 9
        /// The call was in conflict with another.
        case aborted = 10
        /// Something lies beyond a valid range.
        case outOfRange = 11
        /// There is no such method.
        case unimplemented = 12
        /// Something that must not be is.
        case `internal` = 13
        /// The service is away for the moment: come again.
        case unavailable = 14
        /// Something was lost for good.
        case dataLoss = 15
        /// The caller has not shown who it is.
        case unauthenticated = 16
    }

    /// The status.
    package let code: Code
    /// A sentence about this occurrence.
    package let message: String
    /// What programs read: `google.rpc` messages in the trailer `grpc-status-details-bin`.
    package let details: [RPCErrorDetail]

    /// Describes an error.
    package init(_ code: Code, _ message: String, details: [RPCErrorDetail] = []) {
        self.code = code
        self.message = message
        self.details = details
    }

    package var description: String { "\(code.name): \(message)" }
}

extension RPCError.Code {
    /// The name as the protocol spells it, for metrics and logs.
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

/// What programs read about an error: messages of `google/rpc/error_details.proto`.
package enum RPCErrorDetail: Sendable, Equatable {
    /// `google.rpc.RetryInfo`: how long to wait before the call is tried again.
    case retry(after: Duration)
    /// `google.rpc.BadRequest`: the fields that are wrong.
    case badRequest([FieldViolation])

    /// A field, `locations[3].latitude`, and what was expected of it.
    package struct FieldViolation: Sendable, Equatable {
        /// The path from the request to the field, in the names of the .proto file.
        package let field: String
        /// What was expected, a whole sentence.
        package let description: String

        /// Joins the two.
        package init(_ field: String, _ description: String) {
            self.field = field
            self.description = description
        }
    }
}

/// An error that knows what to tell the client; every other error is answered `INTERNAL` without a word about it.
package protocol RPCErrorConvertible: Error {
    /// What the client reads.
    var rpcError: RPCError { get }
}

extension RPCError: RPCErrorConvertible {
    package var rpcError: RPCError { self }
}
