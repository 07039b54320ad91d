package import Observability

extension PostgresError: LoggableError {
    /// The kind, the SQLSTATE, the reason and the statement without its values.
    package var logMetadata: LogMetadata {
        var metadata: LogMetadata = [.errorCode: .string(code.rawValue), .reason: .string(description)]
        if let sqlState { metadata[.sqlState] = .string(sqlState.rawValue) }
        if let statement { metadata[.statement] = .string(statement) }
        return metadata
    }
}
