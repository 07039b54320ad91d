import CLibPQ

extension PGConnection {
    /// Runs a statement and passes on its rows as they arrive, each as a result of one row.
    ///
    /// If `body` throws, the statement is cancelled, and the rest that the server has sent is skipped.
    func forEachRow(
        of query: PostgresQuery,
        _ limit: inout WaitLimit,
        _ body: (PGResult) throws -> Void
    ) throws {
        let sent = query.binds.withParameters { count, types, values, lengths, formats in
            PQsendQueryParams(pointer, query.sql, count, types, values, lengths, formats, 1)
        }
        guard sent == 1, PQsetSingleRowMode(pointer) == 1 else { throw lostError() }
        try flush(&limit)
        var rowsUntilCheck = 1_024
        do {
            while let result = try nextResult(&limit) {
                switch result.status {
                case PGRES_SINGLE_TUPLE: try body(result)
                case PGRES_TUPLES_OK, PGRES_COMMAND_OK: break
                case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                    isAbandoned = true
                    throw PostgresError(.misuse, "COPY runs through copyIn and copyOut only.")
                default: throw isBroken ? lostError() : result.error()
                }
                rowsUntilCheck -= 1
                if rowsUntilCheck == 0 {
                    // If data never run out, the loop never waits, so it must check for an interruption.
                    if interrupter.isPending { throw CancellationError() }
                    rowsUntilCheck = 1_024
                }
            }
        } catch {
            passOverRows(&limit)
            throw error
        }
    }

    private func passOverRows(_ limit: inout WaitLimit) {
        guard !isBroken, PQtransactionStatus(pointer) == PQTRANS_ACTIVE else { return }
        if limit.cancellation == nil { requestCancellation(because: .interrupted, &limit) }
        do throws(PostgresError) {
            while try nextResult(&limit) != nil {}
        } catch {
            isAbandoned = true
        }
    }

    /// Sends several statements at once and reads their results afterwards: one round trip for all of them.
    ///
    /// They are one transaction, unless one is open: after the first error none takes effect.
    func runPipeline(_ queries: [PostgresQuery], _ limit: inout WaitLimit) throws(PostgresError) -> [PGResult] {
        guard PQenterPipelineMode(pointer) == 1 else { throw lostError() }
        defer { if PQexitPipelineMode(pointer) != 1 { isAbandoned = true } }
        for query in queries {
            let sent = query.binds.withParameters { count, types, values, lengths, formats in
                PQsendQueryParams(pointer, query.sql, count, types, values, lengths, formats, 1)
            }
            guard sent == 1 else { throw lostError() }
        }
        guard PQpipelineSync(pointer) == 1 else { throw lostError() }
        try flush(&limit)
        var results: [PGResult] = []
        var failure: PostgresError?
        while !isBroken {
            // A nil separates the results of two statements.
            guard let result = try nextResult(&limit) else { continue }
            switch result.status {
            case PGRES_PIPELINE_SYNC:
                if let failure { throw failure }
                return results
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: results.append(result)
            case PGRES_PIPELINE_ABORTED: break
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH: isAbandoned = true
            default:
                guard failure == nil else { continue }
                var error = result.error()
                if results.count < queries.count { error.attribute(to: queries[results.count]) }
                failure = error
            }
        }
        throw lostError()
    }
}
