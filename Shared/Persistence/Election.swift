import Postgres

extension PostgresClient {
    /// Calls `body` while this process is the only one that holds a lock.
    ///
    /// The session of one connection holds the lock and runs all transactions of `body`, so that a process whose connection
    /// was lost can write nothing after another one has begun.
    ///
    /// - Parameters:
    ///   - lock: the number of the advisory lock.
    ///   - body: receives the connection.
    /// - Returns: `false` at once if another process holds the lock.
    /// - Throws: what `body` throws, or `PostgresError`.
    func whileElected(by lock: Int64, _ body: (PostgresConnection) async throws -> Void) async throws -> Bool {
        try await withConnection { connection in
            let isElected = try await connection.query("SELECT pg_try_advisory_lock(\(lock))").single(Bool.self)
            guard isElected else { return false }
            let outcome: Result<Void, any Error>
            do {
                outcome = .success(try await body(connection))
            } catch {
                outcome = .failure(error)
            }
            // If the session is gone, so is the lock.
            _ = try? await connection.query("SELECT pg_advisory_unlock(\(lock))")
            try outcome.get()
            return true
        }
    }
}
