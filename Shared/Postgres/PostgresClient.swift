/// PostgreSQL for Swift concurrency: a bounded pool of connections that come and go as needed.
///
/// Nothing is connected until the first statement. A connection that breaks is replaced when the next one is needed;
/// while the server is away, callers wait until their deadline and then get an error that says so.
package final class PostgresClient: Sendable {
    /// How the client was configured.
    package let configuration: PostgresConfiguration
    private let pool: ConnectionPool

    package init(configuration: PostgresConfiguration) {
        self.configuration = configuration
        pool = ConnectionPool(configuration)
    }

    deinit {
        pool.abandon()
    }

    /// Refuses further work, waits for the work under way, and closes all connections.
    package func close() async {
        await pool.close()
    }

    /// The pool's state at this moment.
    package var poolCounts: PostgresPoolCounts { pool.counts }

    /// Runs one statement on any connection and returns its rows, all of them in memory.
    ///
    /// It may take `timeout`, where that is given and shorter than the configured limit. Throws ``PostgresError``, or
    /// `CancellationError` if the task was cancelled, which cancels the statement on the server.
    @discardableResult
    package func query(_ query: PostgresQuery, timeout: Duration? = nil) async throws -> PostgresRows {
        try await withConnection { try await $0.query(query, timeout: timeout) }
    }

    /// Runs one statement on any connection and returns how many rows it touched.
    @discardableResult
    package func execute(_ query: PostgresQuery, timeout: Duration? = nil) async throws -> Int {
        try await withConnection { try await $0.execute(query, timeout: timeout) }
    }

    /// Lends a connection for the time of `body`.
    ///
    /// What `body` changes in the session (SET, temporary tables, advisory locks) it must undo itself. A transaction
    /// that it leaves open costs the connection. `acquireTimeout` is how long to wait for a connection, if that is to
    /// differ from the configured time.
    package func withConnection<Value>(
        acquireTimeout: Duration? = nil,
        _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        let lease = try await pool.lease(until: .now + (acquireTimeout ?? configuration.acquireTimeout))
        defer { pool.release(lease) }
        return try await body(lease.connection)
    }

    /// Runs `body` in a transaction: committed if it returns, rolled back if it throws.
    ///
    /// If the server rolls it back because of others (serialization failure, deadlock), `body` runs again from the
    /// start, after a short random pause; so it must have no other effects. It never runs again after a COMMIT whose
    /// answer was lost: that is ``PostgresError/Code/commitOutcomeUnknown``, and only the caller can find out.
    package func withTransaction<Value>(
        isolation: PostgresIsolation = .readCommitted,
        readOnly: Bool = false,
        retries: Int = 3,
        acquireTimeout: Duration? = nil,
        _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        let backoff = Backoff(base: .milliseconds(10), cap: .milliseconds(500))
        var failures = 0
        while true {
            do {
                return try await withConnection(acquireTimeout: acquireTimeout) { connection in
                    try await connection.withTransaction(isolation: isolation, readOnly: readOnly, body)
                }
            } catch let error as PostgresError where error.code == .server && error.isRetriable && failures < retries {
                failures += 1
                try await Task.sleep(for: backoff.delay(afterFailures: failures, jitter: .random(in: 0..<1)))
            }
        }
    }
}
