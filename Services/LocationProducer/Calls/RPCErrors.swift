import GRPCServer
import LocationQueue
import Models

extension RPCError {
    /// There is more to do than can be done in time.
    static let overloaded = RPCError(
        .resourceExhausted,
        "The server has more to do than it can in time: try again shortly.",
        details: [.retry(after: .seconds(1))]
    )
}

extension FieldErrors {
    /// A request without a location.
    static let noLocation = FieldErrors("location", "Missing data for required field.")

    /// `INVALID_ARGUMENT`, or another code, with every field by its name in the .proto file.
    ///
    /// - Parameters:
    ///   - path: what leads to the fields, `location.`.
    ///   - code: the code.
    /// - Returns: the error.
    func rpcError(in path: String, _ code: RPCError.Code = .invalidArgument) -> RPCError {
        let violations = entries.map { RPCErrorDetail.FieldViolation(path + $0.wireName, $0.message) }
        let text = violations.map { "\($0.field): \($0.description)" }.joined(separator: " ")
        return RPCError(code, text, details: [.badRequest(violations)])
    }
}

extension FieldErrors.Entry {
    /// The field's name in the .proto files, which have the unit in it.
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

extension LocationQueueError: RPCErrorConvertible {
    /// The sender keeps what it has, and comes again after the delay that the error names.
    var rpcError: RPCError {
        switch code {
        case .full: RPCError(.resourceExhausted, description, details: [.retry(after: .seconds(1))])
        case .storageLow:
            RPCError(.resourceExhausted, description, details: [.retry(after: .seconds(retryAfter))])
        case .unavailable: RPCError(.unavailable, description, details: [.retry(after: .seconds(1))])
        case .stopped: RPCError(.unavailable, description, details: [.retry(after: .zero)])
        case .misconfigured, .offsetOutOfRange: RPCError(.internal, "The queue is not what the server expects.")
        }
    }
}
