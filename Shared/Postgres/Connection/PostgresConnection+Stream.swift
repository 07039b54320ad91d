extension PostgresConnection {
    /// Runs a statement and passes its rows on one at a time as they arrive, so that memory stays bounded.
    ///
    /// Use it for large results of statements with parameters; COPY is several times as fast. `body` is called on the
    /// connection's thread with its result so far and one row. If it throws, or the task is cancelled, the statement is
    /// cancelled on the server, and the connection stays usable.
    @discardableResult
    package func forEachRow<Result: Sendable>(
        of query: PostgresQuery,
        into initial: Result,
        timeout: Duration? = nil,
        _ body: sending (inout Result, PostgresRows) throws -> Void
    ) async throws -> Result {
        if let failure = query.binds.failure { throw failure }
        var result = initial
        try await interruptibly {
            try withWork(query, timeout: timeout) { handle, limit in
                try handle.forEachRow(of: query, &limit) { row in
                    try body(&result, PostgresRows(row))
                }
            }
        }
        return result
    }

    /// Runs several statements in one round trip and returns their results.
    ///
    /// They are one transaction, or part of the open one: if one fails, its error is thrown and none takes effect.
    @discardableResult
    package func pipeline(_ queries: [PostgresQuery], timeout: Duration? = nil) async throws -> [PostgresRows] {
        for query in queries {
            if let failure = query.binds.failure { throw failure }
        }
        return try await interruptibly {
            try withWork(nil, timeout: timeout) { handle, limit in
                try handle.runPipeline(queries, &limit).map(PostgresRows.init)
            }
        }
    }
}
