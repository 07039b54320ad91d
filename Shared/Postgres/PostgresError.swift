/// A failure between this process and PostgreSQL.
///
/// An error never carries data: neither bind values nor the server's quotes of them in its message, detail or hint. It
/// carries names of the schema and the program: SQLSTATE, table, column, constraint.
package struct PostgresError: Error, Sendable, Equatable {
    /// The kinds of failure that a caller can tell apart.
    package enum Code: String, Sendable {
        /// The server refused the statement, see ``PostgresError/sqlState``.
        case server
        /// No connection could be opened.
        case connectionFailed
        /// The connection broke during a statement, whose outcome is unknown.
        case connectionLost
        /// All connections of the pool were in use until the caller's deadline.
        case acquireTimeout
        /// Too many callers already wait for a connection.
        case tooManyWaiters
        /// The client has been closed.
        case closed
        /// The statement did not finish within its time limit and was cancelled on the server.
        case statementTimeout
        /// The response to COMMIT was lost: the transaction may have taken effect or not.
        case commitOutcomeUnknown
        /// The server rolled back instead of committing, because a statement had failed before.
        case transactionAborted
        /// A value that PostgreSQL cannot hold, such as text with a NUL.
        case invalidValue
        /// A column of the result is not as expected.
        case decoding
        /// The program used the API against its rules.
        case misuse
    }

    /// The kind of failure.
    package var code: Code
    /// One sentence about what happened, without data.
    package var message: String
    /// The SQLSTATE, if the server reported one.
    package var sqlState: SQLState?
    /// The schema of the object the error is about.
    package var schemaName: String?
    /// The table the error is about.
    package var tableName: String?
    /// The column the error is about.
    package var columnName: String?
    /// The data type the error is about.
    package var dataTypeName: String?
    /// The constraint that was violated.
    package var constraintName: String?
    /// The statement's text with `$1`… for every value.
    package var statement: String?

    /// The server no longer has our prepared statement, or the columns of its result have changed.
    var isStalePlan: Bool {
        sqlState?.rawValue == "26000" || message == PostgresError.stalePlanMessage
    }

    package init(_ code: Code, _ message: String, sqlState: SQLState? = nil) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
    }

    /// Adds the failed statement, unless its text may have data; then it also removes the server's message about it.
    mutating func attribute(to query: PostgresQuery) {
        guard query.hasLiterals else {
            statement = query.sql
            return
        }
        if sqlState?.conditionClass == "42" { message = "PostgreSQL refused the statement." }
    }

    /// Whether the same work can succeed in a new transaction.
    ///
    /// True if the server rolled it back because of other transactions (serialization failure, deadlock), and if
    /// nothing was sent yet. False after ``Code/connectionLost`` and ``Code/commitOutcomeUnknown``, because only the
    /// caller knows whether a repetition is harmful.
    package var isRetriable: Bool {
        switch code {
        case .server:
            sqlState == .serializationFailure || sqlState == .deadlockDetected || sqlState == .lockNotAvailable
                || isStalePlan
        case .connectionFailed, .acquireTimeout, .tooManyWaiters: true
        default: false
        }
    }

    /// Whether PostgreSQL was unreachable or had no capacity, rather than refusing the statement.
    package var isUnavailability: Bool {
        switch code {
        case .connectionFailed, .connectionLost, .acquireTimeout, .tooManyWaiters, .closed, .statementTimeout: true
        case .server: sqlState?.meansUnavailability ?? false
        default: false
        }
    }
}

extension PostgresError {
    /// The message of ``PGResult/error()`` for SQLSTATE 0A000 (feature not supported) of a prepared statement.
    static let stalePlanMessage = "PostgreSQL says: cached plan must not change result type."
}

extension PostgresError: CustomStringConvertible {
    package var description: String {
        var text = message
        if let sqlState { text += " SQLSTATE \(sqlState.rawValue)." }
        let names = [
            ("schema", schemaName), ("table", tableName), ("column", columnName), ("type", dataTypeName),
            ("constraint", constraintName),
        ]
        for case (let kind, let name?) in names { text += " \(kind) \(name)." }
        return text
    }
}
