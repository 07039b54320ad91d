import CLibPQ

extension PGConnection {
    /// Runs an unprepared statement: parse, bind and execute in one round trip.
    func run(_ query: PostgresQuery, _ limit: WaitLimit) throws(PostgresError) -> PGResult {
        let sent = query.binds.withParameters { count, types, values, lengths, formats in
            PQsendQueryParams(pointer, query.sql, count, types, values, lengths, formats, binaryFormat)
        }
        return try finish(sent, query, limit)
    }

    /// Runs a statement that ``prepare(_:as:_:)`` has prepared.
    func runPrepared(_ name: String, _ query: PostgresQuery, _ limit: WaitLimit) throws(PostgresError) -> PGResult {
        let sent = query.binds.withParameters { count, _, values, lengths, formats in
            PQsendQueryPrepared(pointer, name, count, values, lengths, formats, binaryFormat)
        }
        return try finish(sent, query, limit)
    }

    /// Prepares a statement on the server for this connection.
    func prepare(_ query: PostgresQuery, as name: String, _ limit: WaitLimit) throws(PostgresError) {
        let sent = query.binds.withParameters { count, types, _, _, _ in
            PQsendPrepare(pointer, name, query.sql, count, types)
        }
        _ = try finish(sent, query, limit)
    }

    /// Runs one or several statements without values by the simple protocol, and returns the last result.
    ///
    /// Several statements of one text are one transaction, unless the text controls transactions.
    func runScript(_ sql: String, _ limit: WaitLimit) throws(PostgresError) -> PGResult {
        try finish(PQsendQuery(pointer, sql), nil, limit)
    }

    /// Waits for the results, and returns the last one or throws the first error.
    private func finish(
        _ sent: Int32,
        _ query: PostgresQuery?,
        _ limit: WaitLimit
    ) throws(PostgresError) -> PGResult {
        var limit = limit
        defer { settleCancellation() }
        do throws(PostgresError) {
            guard sent == 1 else { throw lostError() }
            try flush(&limit)
            return try collectResults(&limit)
        } catch {
            var error = error
            if let query { error.attribute(to: query) }
            throw explain(error, limit)
        }
    }

    /// Reads all results up to the end of the statement, so that the connection is ready for the next one.
    func collectResults(_ limit: inout WaitLimit) throws(PostgresError) -> PGResult {
        var last: PGResult?
        var failure: PostgresError?
        while let result = try nextResult(&limit) {
            switch result.status {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
                last = result
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                // Only copyIn and copyOut can handle this mode, and only they can leave it.
                isAbandoned = true
                throw PostgresError(.misuse, "COPY runs through copyIn and copyOut only.")
            default:
                failure = failure ?? result.error()
            }
            if isBroken { break }
        }
        if var failure {
            if isBroken, failure.code == .server {
                failure.code = .connectionLost
                if failure.sqlState == nil { failure.message = "The connection to PostgreSQL was lost." }
            }
            throw failure
        }
        // The primary has committed, but a standby that takes over may not have the commit, so the outcome is unknown.
        guard let last, !isCommitUnreplicated else { throw lostError() }
        return last
    }

    /// Distinguishes the reasons of a cancelled statement: our deadline, the server's time limit, or the caller.
    func explain(_ error: PostgresError, _ limit: WaitLimit) -> PostgresError {
        var error = error
        switch limit.cancellation {
        case .deadlineExceeded where error.sqlState == .queryCanceled:
            error.code = .statementTimeout
            error.message = "The statement took longer than it may and was cancelled."
        case nil where error.sqlState == .queryCanceled:
            error.code = .statementTimeout
            error.message = "PostgreSQL cancelled the statement, usually because of its time limit."
        default: break
        }
        return error
    }

    /// Ensures that a cancel request cannot hit the next statement.
    func settleCancellation() {
        guard let request = cancelRequest else { return }
        cancelRequest = nil
        guard !isBroken else { return }
        guard request.waitUntilSent(within: patience) else {
            isAbandoned = true
            return
        }
        // The server's signal to itself may still be pending. An empty statement absorbs it.
        var limit = WaitLimit(deadline: .now + patience, isInterruptible: false)
        do throws(PostgresError) {
            guard PQsendQuery(pointer, "") == 1 else { throw lostError() }
            try flush(&limit)
            _ = try collectResults(&limit)
        } catch {
            if error.sqlState != .queryCanceled { isAbandoned = true }
        }
    }
}

/// libpq's number of the binary result format.
private let binaryFormat: Int32 = 1
