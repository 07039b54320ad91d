import GRPCServer
import Models

extension RPCError {
    /// The server is overloaded.
    static let overloaded = RPCError(
        .resourceExhausted,
        "The server is overloaded: try again shortly.",
        details: [.retry(after: .seconds(1))]
    )
}

extension FieldErrors {
    /// The request has no location.
    static let noLocation = FieldErrors("location", missing)

    /// `INVALID_ARGUMENT`, or another code, with each field's name in the .proto file.
    ///
    /// - Parameters:
    ///   - path: the prefix of the fields, such as `location.`.
    ///   - code: the code.
    /// - Returns: the error.
    func rpcError(in path: String, _ code: RPCError.Code = .invalidArgument) -> RPCError {
        let violations = entries.map { RPCErrorDetail.FieldViolation(path + $0.wireName, $0.message) }
        let text = violations.map { "\($0.field): \($0.description)" }.joined(separator: " ")
        return RPCError(code, text, details: [.badRequest(violations)])
    }
}

extension FieldErrors.Entry {
    /// The field's name in the .proto files, which contains the unit.
    var wireName: String {
        switch field {
        case "creation_time": "creation_time_us"
        case "accuracy": "accuracy_m"
        case "altitude": "altitude_m"
        case "speed": "speed_mps"
        case "course": "course_deg"
        case "battery": "battery_percent"
        default: field
        }
    }
}
