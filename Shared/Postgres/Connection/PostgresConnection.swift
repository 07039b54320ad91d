import Synchronization

/// One connection to the server, which belongs to the caller that leased it from a ``PostgresClient``, during the
/// lease.
///
/// Its code runs on a thread of its own, where libpq may block; the caller's task is suspended meanwhile. One statement
/// runs at a time. Cancelling the task that waits for it cancels it on the server.
package actor PostgresConnection {
    /// What the pool must know without entering the connection's thread.
    enum Condition: UInt8, AtomicRepresentable {
        case idle
        case inTransaction
        case broken
    }

    nonisolated let thread: ConnectionThread
    nonisolated let condition = Atomic<Condition>(.broken)
    /// For `poll` from other threads; -1 without a connection.
    nonisolated let socket = Atomic<Int32>(-1)
    nonisolated let configuration: PostgresConfiguration
    nonisolated let observer: PostgresObserver

    private var handle: PGConnection?
    private var interrupter: Interrupter?
    private var cache: StatementCache

    package nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(_ configuration: PostgresConfiguration, _ observer: PostgresObserver) {
        self.configuration = configuration
        self.observer = observer
        thread = ConnectionThread()
        cache = StatementCache(capacity: configuration.statementCacheCapacity)
    }

    /// Runs a statement and returns all its rows in memory.
    ///
    /// It may take `timeout`, if that is given and shorter than the configured limit. Throws ``PostgresError``, or
    /// `CancellationError` if the task was cancelled.
    @discardableResult
    package func query(_ query: PostgresQuery, timeout: Duration? = nil) async throws -> PostgresRows {
        try await interruptibly {
            PostgresRows(try measure { () throws(PostgresError) in try run(query, timeout: timeout) })
        }
    }

    /// Runs a statement and returns the number of affected rows.
    @discardableResult
    package func execute(_ query: PostgresQuery, timeout: Duration? = nil) async throws -> Int {
        try await self.query(query, timeout: timeout).affectedRows
    }

    /// Runs several statements of one text as one transaction, without values; for migrations.
    package func execute(script: StaticString, timeout: Duration? = nil) async throws {
        try await interruptibly {
            try withHandle { handle throws(PostgresError) in
                _ = try handle.runScript(script.description, limit(timeout))
            }
        }
    }

    // MARK: - On the connection's thread

    /// Connects; blocks the thread.
    func open() throws(PostgresError) {
        let interrupter = try Interrupter()
        let handle = try PGConnection(configuration, interrupter: interrupter)
        self.interrupter = interrupter
        self.handle = handle
        socket.store(handle.socket, ordering: .relaxed)
        publishCondition()
    }

    /// Closes the connection; later statements fail.
    func shutDown() {
        condition.store(.broken, ordering: .releasing)
        socket.store(-1, ordering: .relaxed)
        handle = nil
        interrupter = nil
    }

    /// Runs a command that controls the transaction, which a cancelled task must not interrupt.
    func control(_ command: StaticString) throws(PostgresError) -> String {
        try withHandle { handle throws(PostgresError) in
            var limit = limit(nil)
            limit.isInterruptible = false
            return try handle.runScript(command.description, limit).commandTag
        }
    }

    /// Whether the server answers within a time-out.
    func isAlive(within timeout: Duration) -> Bool {
        do throws(PostgresError) {
            try withHandle { handle throws(PostgresError) in
                _ = try handle.runScript("", WaitLimit(deadline: .now + timeout, isInterruptible: false))
            }
            return condition.load(ordering: .relaxed) != .broken
        } catch {
            return false
        }
    }

    private func measure(_ body: () throws(PostgresError) -> PGResult) throws(PostgresError) -> PGResult {
        let start = ContinuousClock.now
        do throws(PostgresError) {
            let result = try body()
            observer.statementFinished(after: start.duration(to: .now))
            return result
        } catch {
            observer.count(error)
            leaveStandby(error)
            throw error
        }
    }

    /// Gives the connection up if its server has become a standby, which accepts no writes; the next one connects to
    /// the primary.
    private func leaveStandby(_ error: PostgresError) {
        guard error.sqlState == .readOnlyTransaction, configuration.targetSession == .readWrite else { return }
        handle?.isAbandoned = true
        publishCondition()
    }

    /// Runs a statement, prepared from its second use on.
    private func run(_ query: PostgresQuery, timeout: Duration?) throws(PostgresError) -> PGResult {
        if let failure = query.binds.failure { throw failure }
        return try withHandle { handle throws(PostgresError) in
            freeAbandonedStatements(handle)
            let limit = limit(timeout)
            let key = StatementCache.Key(sql: query.sql, types: query.binds.types)
            switch cache.plan(for: key) {
            case .unprepared:
                return try handle.run(query, limit)
            case .prepare(let name):
                try handle.prepare(query, as: name, limit)
                cache.didPrepare(key, as: name)
                return try handle.runPrepared(name, query, limit)
            case .prepared(let name):
                do throws(PostgresError) {
                    return try handle.runPrepared(name, query, limit)
                } catch {
                    guard error.isStalePlan else { throw error }
                    // A table has changed, or the statement was deallocated. If a transaction is open, this has aborted
                    // it, and the whole transaction must be retried.
                    cache.forget(key)
                    guard !handle.isInTransaction else { throw error }
                    return try handle.run(query, limit)
                }
            }
        }
    }

    /// Deallocates evicted statements on the server.
    ///
    /// It does this outside of transactions only: if DEALLOCATE ALL has already removed a statement, the error must not
    /// abort a transaction.
    func freeAbandonedStatements(_ handle: PGConnection) {
        while !handle.isInTransaction, let name = cache.takeAbandoned() {
            _ = try? handle.runScript(
                "DEALLOCATE \(name)",
                WaitLimit(deadline: .now + handle.patience, isInterruptible: false)
            )
        }
    }

    func limit(_ timeout: Duration?) -> WaitLimit {
        if let timeout { return WaitLimit(deadline: .now + timeout) }
        // The server enforces the configured limit; this one is for an unresponsive server.
        guard let limit = configuration.statementTimeout else { return WaitLimit() }
        return WaitLimit(deadline: .now + limit + .seconds(1))
    }

    /// Runs `body`, which the task's cancellation interrupts.
    func interruptibly<Value>(
        _ body: () throws -> Value
    ) async throws -> Value {
        guard let interrupter else { throw PostgresError.connectionClosed }
        // A late cancellation of the previous statement must not hit this one.
        interrupter.reset()
        return try await withTaskCancellationHandler {
            // Calls a method of the actor, because a closure that does not capture `self` would run on the cooperative
            // pool.
            try self.blockingly(interrupter, body)
        } onCancel: {
            interrupter.interrupt()
        }
    }

    private func blockingly<Value>(_ interrupter: Interrupter, _ body: () throws -> Value) throws -> Value {
        try Task.checkCancellation()
        do {
            return try body()
        } catch let error as PostgresError where interrupter.isPending && error.sqlState == .queryCanceled {
            throw CancellationError()
        }
    }

    /// Calls `body` with the open connection, and publishes its condition afterwards.
    func withHandle<Value>(_ body: (PGConnection) throws(PostgresError) -> Value) throws(PostgresError) -> Value {
        guard let handle, !handle.isBroken else { throw PostgresError.connectionClosed }
        defer { publishCondition() }
        return try body(handle)
    }

    /// Like ``withHandle(_:)``, for work of several steps, which may run code of the caller that throws any error.
    func withWork<Value>(
        _ query: PostgresQuery?,
        timeout: Duration?,
        _ body: (PGConnection, inout WaitLimit) throws -> Value
    ) throws -> Value {
        guard let handle, !handle.isBroken else { throw PostgresError.connectionClosed }
        var limit = limit(timeout)
        let start = ContinuousClock.now
        defer {
            handle.settleCancellation()
            publishCondition()
            observer.statementFinished(after: start.duration(to: .now))
        }
        do {
            return try body(handle, &limit)
        } catch var error as PostgresError {
            error = handle.explain(error, limit)
            if let query { error.attribute(to: query) }
            observer.count(error)
            leaveStandby(error)
            throw error
        }
    }

    private func publishCondition() {
        guard let handle, !handle.isBroken else {
            condition.store(.broken, ordering: .releasing)
            return
        }
        condition.store(handle.isInTransaction ? .inTransaction : .idle, ordering: .releasing)
    }
}

extension PostgresError {
    static let connectionClosed = PostgresError(.connectionLost, "The connection to PostgreSQL is closed.")
}
