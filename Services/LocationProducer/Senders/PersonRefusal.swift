import GRPCServer
import HTTPServer
import Models
import RESTContract

/// Why the locations of a person are refused.
enum PersonRefusal: Equatable {
    /// The person does not exist.
    case unknown
    /// The sender may report the locations of another person only.
    case foreign

    /// The error of the location's field.
    var errors: FieldErrors {
        switch self {
        case .unknown:
            FieldErrors("person_id", "No person has this number: it was never assigned, or the person was erased.")
        case .foreign: FieldErrors("person_id", "This credential reports the locations of another person.")
        }
    }

    /// 422 if the person does not exist, 403 if it is another one.
    ///
    /// The field's name is that of the legacy API.
    var problem: Problem {
        var problem = errors.problem
        switch self {
        case .unknown:
            problem.status = .unprocessableContent
            problem.detail = "The location's person does not exist."
        case .foreign:
            problem.status = .forbidden
            problem.detail = "The location's person is not the sender's."
        }
        problem.title = problem.status.reason
        return problem
    }

    /// `NOT_FOUND` or `PERMISSION_DENIED`.
    ///
    /// - Parameter path: the prefix of the field, such as `location.`.
    /// - Returns: the error of a call.
    func rpcError(in path: String) -> RPCError {
        errors.rpcError(in: path, self == .unknown ? .notFound : .permissionDenied)
    }
}

extension PersonCheckOverload: ProblemConvertible, RPCErrorConvertible {
    var problem: Problem { .overloaded }
    var rpcError: RPCError { .overloaded }
}
