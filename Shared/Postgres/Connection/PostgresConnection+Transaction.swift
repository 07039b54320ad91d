import Synchronization

/// What a transaction sees of others, as SQL's isolation levels; PostgreSQL has no weaker one than the first.
package enum PostgresIsolation: Sendable {
    /// Each statement sees what was committed before it.
    case readCommitted
    /// The whole transaction sees one snapshot.
    case repeatableRead
    /// As if transactions had run one after the other; some fail and must be run again.
    case serializable
}

extension PostgresConnection {
    /// Runs `body` in a transaction: committed if it returns, rolled back if it throws.
    ///
    /// - Throws: what `body` throws; ``PostgresError/Code/commitOutcomeUnknown`` if the answer to COMMIT was lost;
    ///   ``PostgresError/Code/transactionAborted`` if `body` swallowed the error of a statement.
    @discardableResult
    package nonisolated func withTransaction<Value>(
        isolation: PostgresIsolation = .readCommitted,
        readOnly: Bool = false,
        _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        try await self.begin(isolation, readOnly: readOnly)
        let value: Value
        do {
            value = try await body(self)
        } catch {
            await rollBack()
            throw error
        }
        try await commit()
        return value
    }

    private func begin(_ isolation: PostgresIsolation, readOnly: Bool) throws(PostgresError) {
        guard condition.load(ordering: .relaxed) != .inTransaction else {
            throw PostgresError(.misuse, "The connection is in a transaction already.")
        }
        let command: StaticString =
            switch (isolation, readOnly) {
            case (.readCommitted, false): "BEGIN ISOLATION LEVEL READ COMMITTED"
            case (.readCommitted, true): "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY"
            case (.repeatableRead, false): "BEGIN ISOLATION LEVEL REPEATABLE READ"
            case (.repeatableRead, true): "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
            case (.serializable, false): "BEGIN ISOLATION LEVEL SERIALIZABLE"
            case (.serializable, true): "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY"
            }
        try withHandle { handle throws(PostgresError) in freeAbandonedStatements(handle) }
        _ = try control(command)
    }

    private func commit() throws(PostgresError) {
        let tag: String
        do throws(PostgresError) {
            tag = try control("COMMIT")
        } catch {
            // The server's own refusal leaves the connection working and the transaction rolled back. Whatever ends
            // the connection may have come before or after the commit took effect.
            guard condition.load(ordering: .relaxed) == .broken else { throw error }
            throw PostgresError(
                .commitOutcomeUnknown,
                "The answer to COMMIT was lost: the transaction may have taken effect or not.",
                sqlState: error.sqlState
            )
        }
        guard tag == "COMMIT" else {
            throw PostgresError(
                .transactionAborted,
                "PostgreSQL rolled the transaction back, because one of its statements had failed."
            )
        }
    }

    /// Leaves a failed transaction.
    ///
    /// If that does not work either, the pool sees it and drops the connection.
    private func rollBack() {
        guard condition.load(ordering: .relaxed) == .inTransaction else { return }
        _ = try? control("ROLLBACK")
    }
}
