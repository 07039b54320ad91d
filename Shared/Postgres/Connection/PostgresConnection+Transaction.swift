import Synchronization

/// SQL's isolation levels; PostgreSQL has none weaker than the first one.
package enum PostgresIsolation: Sendable {
    /// Each statement sees earlier commits.
    case readCommitted
    /// The whole transaction sees one snapshot.
    case repeatableRead
    /// Transactions behave as if they ran one after the other; some fail and must be retried.
    case serializable
}

extension PostgresConnection {
    /// Runs `body` in a transaction: committed if it returns, rolled back if it throws.
    ///
    /// - Throws: what `body` throws; ``PostgresError/Code/commitOutcomeUnknown`` if the response to COMMIT was lost;
    ///   ``PostgresError/Code/transactionAborted`` if `body` ignored the error of a statement.
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
            // After the server's own refusal the connection works and the transaction is rolled back. If the connection
            // ended, that may have been before or after the commit.
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

    /// Rolls a failed transaction back.
    ///
    /// If that fails too, the pool notices it and closes the connection.
    private func rollBack() {
        guard condition.load(ordering: .relaxed) == .inTransaction else { return }
        _ = try? control("ROLLBACK")
    }
}
