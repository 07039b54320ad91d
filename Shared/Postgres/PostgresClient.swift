internal import Concurrency
package import Observability
import Synchronization

/// PostgreSQL for Swift concurrency: a bounded pool of connections that are opened and closed as needed.
///
/// It connects with the first statement, and replaces a broken connection when it needs one. While the server is
/// unavailable, callers wait until their deadline and then get an error.
package final class PostgresClient: Sendable {
    /// How the client was configured.
    package let configuration: PostgresConfiguration
    private let pool: ConnectionPool
    private let observer: PostgresObserver
    private let listeners = Mutex<[NotificationListener]>([])

    /// A client, which connects at its first use.
    ///
    /// `logger` logs failed connections; `metrics` gets the pool's state and the durations of statements, under the
    /// configuration's application name.
    package init(
        configuration: PostgresConfiguration,
        logger: Logger? = nil,
        metrics: MetricsRegistry = MetricsRegistry()
    ) {
        self.configuration = configuration
        observer = PostgresObserver(name: configuration.applicationName, logger: logger, metrics: metrics)
        let pool = ConnectionPool(configuration, observer)
        self.pool = pool
        observer.watch { [weak pool] in
            pool?.counts ?? PostgresPoolCounts(open: 0, leased: 0, idle: 0, waiting: 0)
        }
    }

    deinit {
        stopListeners()
        pool.abandon()
    }

    /// Refuses further work, waits for the current work, and closes all connections.
    package func close() async {
        stopListeners()
        await pool.close()
    }

    private func stopListeners() {
        let stopped = listeners.withLock { listeners in
            defer { listeners = [] }
            return listeners
        }
        for listener in stopped { listener.stop() }
    }

    /// Listens for NOTIFY on some channels, on a connection outside the pool, until the result is released.
    ///
    /// To miss nothing, read the state upon ``PostgresNotification/connected``, ``PostgresNotification/reconnected``
    /// and each notification. `bufferCapacity` limits the waiting notifications. Throws ``PostgresError`` if the
    /// process has no free file descriptor; it waits for an unavailable server.
    package func listen(to channels: [String], bufferCapacity: Int = 256) throws -> PostgresNotifications {
        var configuration = configuration
        // A standby accepts no LISTEN, and the session runs no statement that needs a limit.
        configuration.idleInTransactionTimeout = nil
        let listener = try NotificationListener(configuration, observer, channels: channels, capacity: bufferCapacity)
        listeners.withLock { listeners in
            listeners.removeAll { $0.hasStopped }
            listeners.append(listener)
        }
        listener.start()
        return PostgresNotifications(listener)
    }

    /// Whether ``close()`` has been called.
    package var isClosed: Bool { pool.isClosed }

    /// The pool's current state.
    package var poolCounts: PostgresPoolCounts { pool.counts }

    /// Runs a statement on any connection and returns all its rows in memory.
    ///
    /// It may take `timeout`, if that is given and shorter than the configured limit. Throws ``PostgresError``, or
    /// `CancellationError` if the task was cancelled, which cancels the statement on the server.
    @discardableResult
    package func query(_ query: PostgresQuery, timeout: Duration? = nil) async throws -> PostgresRows {
        try await withConnection { try await $0.query(query, timeout: timeout) }
    }

    /// Runs a statement on any connection and returns the number of affected rows.
    @discardableResult
    package func execute(_ query: PostgresQuery, timeout: Duration? = nil) async throws -> Int {
        try await withConnection { try await $0.execute(query, timeout: timeout) }
    }

    /// Leases a connection for `body`.
    ///
    /// `body` must undo its changes of the session (SET, temporary tables, advisory locks). A connection with an open
    /// transaction is closed. `acquireTimeout` is how long to wait for a connection, if different from the configured
    /// time.
    @discardableResult
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
    /// If the server rolls it back because of other transactions (serialization failure, deadlock), `body` runs again
    /// from the start, after a short random pause, so it must have no other effects. It never runs again after a COMMIT
    /// whose response was lost: that is ``PostgresError/Code/commitOutcomeUnknown``, and only the caller can find out.
    @discardableResult
    package func withTransaction<Value>(
        isolation: PostgresIsolation = .readCommitted,
        readOnly: Bool = false,
        retries: Int = 3,
        acquireTimeout: Duration? = nil,
        _ body: (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        var retries = retries
        return try await retrying(Backoff(base: .milliseconds(10), cap: .milliseconds(500))) {
            try await withConnection(acquireTimeout: acquireTimeout) { connection in
                try await connection.withTransaction(isolation: isolation, readOnly: readOnly, body)
            }
        } whenFailed: { error, _ in
            guard let failure = error as? PostgresError, failure.code == .server, failure.isRetriable, retries > 0
            else { throw error }
            retries -= 1
        }
    }
}
