import Concurrency

extension RPCError {
    /// The trailers beside code and message: `google.rpc.Status` for programs, and the pause for clients that retry by
    /// themselves.
    var trailers: [(name: StaticString, value: [UInt8])] {
        guard !details.isEmpty else { return [] }
        var status = ProtobufWriter()
        status.varint(1, Int64(code.rawValue))
        status.string(2, message)
        var fields: [(name: StaticString, value: [UInt8])] = []
        for detail in details {
            status.message(3) { any in
                any.string(1, "type.googleapis.com/\(detail.typeName)")
                any.data(2, detail.encoded)
            }
            if case .retry(let delay) = detail {
                fields.append(("grpc-retry-pushback-ms", Array(String(delay.milliseconds).utf8)))
            }
        }
        fields.append(("grpc-status-details-bin", status.bytes))
        return fields
    }
}

extension RPCErrorDetail {
    /// The full name of the message.
    fileprivate var typeName: String {
        switch self {
        case .retry: "google.rpc.RetryInfo"
        case .badRequest: "google.rpc.BadRequest"
        }
    }

    /// The message.
    fileprivate var encoded: [UInt8] {
        var writer = ProtobufWriter()
        switch self {
        case .retry(let delay):
            writer.message(1) { duration in
                duration.varint(1, delay.components.seconds)
                duration.varint(2, delay.components.attoseconds / 1_000_000_000)
            }
        case .badRequest(let violations):
            for violation in violations {
                writer.message(1) { field in
                    field.string(1, violation.field)
                    field.string(2, violation.description)
                }
            }
        }
        return writer.bytes
    }
}
