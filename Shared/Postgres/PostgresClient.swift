package import Observability
import Synchronization

/// PostgreSQL for Swift concurrency: a bounded pool of connections that come and go as needed.
///
/// Nothing is connected until the first statement. A connection that breaks is replaced when the next one is needed;
/// while the server is away, callers wait until their deadline and then get an error that says so.
package final class PostgresClient: Sendable {
    /// How the client was configured.
    package let configuration: PostgresConfiguration
    private let pool: ConnectionPool
    private let observer: PostgresObserver
    private let listeners = Mutex<[NotificationListener]>([])

    /// Makes a client, which connects when it is first used.
    ///
    /// `logger` hears of connections that fail; `metrics` gets the pool's state and the statements' times, under the
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

    /// Refuses further work, waits for the work under way, and closes all connections.
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

    /// Listens for NOTIFY on some channels, on a connection beside the pool's, until the result is let go.
    ///
    /// Reading the state upon ``PostgresNotification/connected`` and ``PostgresNotification/reconnected``, and whenever
    /// a notification comes, misses nothing. `bufferCapacity` bounds the notifications that wait to be read. Throws
    /// ``PostgresError`` if the process has no file descriptor left; an absent server is waited for.
    package func listen(to channels: [String], bufferCapacity: Int = 256) throws -> PostgresNotifications {
        var configuration = configuration
        // A standby accepts no LISTEN; and the session runs no statement that needs a limit.
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
    /// If the server rolls it back because of others (serialization failure, deadlock), `body` runs again from the
    /// start, after a short random pause; so it must have no other effects. It never runs again after a COMMIT whose
    /// answer was lost: that is ``PostgresError/Code/commitOutcomeUnknown``, and only the caller can find out.
    @discardableResult
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
