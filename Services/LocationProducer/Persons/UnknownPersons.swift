import GRPCServer
import HTTPServer
import Models
import RESTContract

extension FieldErrors {
    /// The person of the location does not exist.
    static let unknownPerson = FieldErrors(
        "person_id",
        "No person has this number: it was never assigned, or the person was erased."
    )
}

extension Problem {
    /// 422: the location is valid, but its person does not exist.
    ///
    /// The field's name is that of the legacy API.
    static var unknownPerson: Problem {
        var problem = FieldErrors.unknownPerson.problem
        problem.status = .unprocessableContent
        problem.title = HTTPStatus.unprocessableContent.reason
        problem.detail = "The location's person does not exist."
        return problem
    }
}

extension PersonCheckOverload: ProblemConvertible, RPCErrorConvertible {
    var problem: Problem { .overloaded }
    var rpcError: RPCError { .overloaded }
}
