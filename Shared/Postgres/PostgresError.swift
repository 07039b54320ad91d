/// What went wrong between this process and PostgreSQL.
///
/// An error never carries data: neither bind values nor what the server quotes of them in its message, detail or hint.
/// What it does carry are names out of the schema and the program: SQLSTATE, table, column, constraint.
package struct PostgresError: Error, Sendable, Equatable {
    /// The kinds of failure that a caller can tell apart.
    package enum Code: String, Sendable {
        /// The server refused the statement; ``PostgresError/sqlState`` says why.
        case server
        /// No connection could be opened.
        case connectionFailed
        /// The connection broke while a statement was under way; whether the statement took effect is not known.
        case connectionLost
        /// Every connection of the pool stayed in use until the caller's deadline.
        case acquireTimeout
        /// Too many callers are waiting for a connection already.
        case tooManyWaiters
        /// The client has been closed.
        case closed
        /// The statement did not finish within its time limit and was cancelled on the server.
        case statementTimeout
        /// The answer to COMMIT was lost: the transaction may have taken effect or not.
        case commitOutcomeUnknown
        /// The server rolled back instead of committing, because a statement had failed before.
        case transactionAborted
        /// A value cannot be sent to PostgreSQL, such as text with a NUL in it.
        case invalidValue
        /// A column of the result is not what the program expects.
        case decoding
        /// The program used the API against its rules.
        case misuse
    }

    /// The kind of failure.
    package var code: Code
    /// One sentence that says what happened; never any data.
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
    /// The statement's text with `$1`… in place of every value.
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

    /// Names the statement that failed, unless its text may hold data; then the server's words about it go as well.
    mutating func attribute(to query: PostgresQuery) {
        guard query.hasLiterals else {
            statement = query.sql
            return
        }
        if sqlState?.conditionClass == "42" { message = "PostgreSQL refused the statement." }
    }

    /// Whether the same work can succeed if it is done again from the start, in a new transaction.
    ///
    /// True for what the server rolled back because of others (serialization failure, deadlock) and where nothing has
    /// been sent yet. False after ``Code/connectionLost`` and ``Code/commitOutcomeUnknown``: only the caller knows
    /// whether doing it twice does harm.
    package var isRetriable: Bool {
        switch code {
        case .server:
            sqlState == .serializationFailure || sqlState == .deadlockDetected || sqlState == .lockNotAvailable
                || isStalePlan
        case .connectionFailed, .acquireTimeout, .tooManyWaiters: true
        default: false
        }
    }

    /// Whether PostgreSQL could not be reached or had no capacity, as opposed to refusing the statement itself.
    package var isUnavailability: Bool {
        switch code {
        case .connectionFailed, .connectionLost, .acquireTimeout, .tooManyWaiters, .closed, .statementTimeout: true
        case .server: sqlState?.meansUnavailability ?? false
        default: false
        }
    }
}

extension PostgresError {
    /// How ``PGResult/error()`` words SQLSTATE 0A000 (feature not supported) when it is about a prepared statement.
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
