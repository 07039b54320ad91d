/// A five-character SQLSTATE, as in appendix A of PostgreSQL's manual.
package struct SQLState: RawRepresentable, Hashable, Sendable {
    package let rawValue: String

    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// An argument that a function rejects.
    package static let invalidParameterValue = SQLState(rawValue: "22023")
    /// A NULL in a column without NULLs.
    package static let notNullViolation = SQLState(rawValue: "23502")
    /// A row that another one references, or one that references a missing row.
    package static let foreignKeyViolation = SQLState(rawValue: "23503")
    /// A duplicate of a unique key.
    package static let uniqueViolation = SQLState(rawValue: "23505")
    /// A value that CHECK rejects.
    package static let checkViolation = SQLState(rawValue: "23514")
    /// A write in a read-only transaction, or on a standby.
    package static let readOnlyTransaction = SQLState(rawValue: "25006")
    /// A serializable or repeatable-read transaction that must be retried.
    package static let serializationFailure = SQLState(rawValue: "40001")
    /// A transaction that was ended to resolve a deadlock.
    package static let deadlockDetected = SQLState(rawValue: "40P01")
    /// A missing right of the role.
    package static let insufficientPrivilege = SQLState(rawValue: "42501")
    /// A table that does not exist.
    package static let undefinedTable = SQLState(rawValue: "42P01")
    /// A lock that was not available within `lock_timeout`.
    package static let lockNotAvailable = SQLState(rawValue: "55P03")
    /// A statement that was cancelled by its time limit or by request.
    package static let queryCanceled = SQLState(rawValue: "57014")

    /// The first two characters: the class of the condition.
    package var conditionClass: Substring { rawValue.prefix(2) }

    /// The server is stopping, starting, full, or read-only.
    var meansUnavailability: Bool {
        ["08", "53", "57", "58"].contains(conditionClass) || self == .readOnlyTransaction
    }

    /// Whether the server's message for this state has only names of the program and the schema.
    ///
    /// Messages of other classes (22: data exceptions, 23: constraints, P0: raised by functions, …) quote values.
    var messageIsFreeOfData: Bool {
        ["08", "0A", "26", "28", "3D", "3F", "40", "42", "53", "55", "57"].contains(conditionClass)
    }
}
