extension PostgresConnection {
    /// Runs a statement and hands over its rows one at a time as they arrive, so that memory stays bounded.
    ///
    /// For results that do not fit into memory but need parameters; COPY is several times as fast. `body` is called on
    /// the connection's thread with what it has made of the rows before, and with the one row. If it throws, or the
    /// task is cancelled, the statement is cancelled on the server, and the connection stays usable.
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
    /// They are one transaction, or part of the one that is open: if one fails, its error is thrown and none of them
    /// takes effect.
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
