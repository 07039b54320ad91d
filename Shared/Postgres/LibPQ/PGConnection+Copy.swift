import CLibPQ

extension PGConnection {
    /// Starts a COPY in the given direction.
    func beginCopy(
        _ query: PostgresQuery,
        expecting mode: ExecStatusType,
        _ limit: inout WaitLimit
    ) throws(PostgresError) {
        guard query.parameterCount == 0 else {
            throw PostgresError(.misuse, "COPY takes no parameters; write constants with \\(literal:).")
        }
        guard PQsendQuery(pointer, query.sql) == 1 else { throw lostError() }
        try flush(&limit)
        guard let result = try nextResult(&limit) else { throw lostError() }
        if result.status == mode { return }
        switch result.status {
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            isAbandoned = true
            throw PostgresError(.misuse, "COPY runs in the other direction.")
        case PGRES_FATAL_ERROR:
            let error = isBroken ? lostError() : result.error()
            _ = try? collectResults(&limit)
            throw error
        default:
            _ = try collectResults(&limit)
            throw PostgresError(.misuse, "The statement is no COPY.")
        }
    }

    /// Sends a piece of COPY's data, and waits until the server has accepted nearly all of it, which is the
    /// back-pressure.
    func putCopyData(_ bytes: UnsafeRawBufferPointer, _ limit: inout WaitLimit) throws(PostgresError) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        let status = PQputCopyData(pointer, base.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
        guard status == 1 else { throw lostError() }
        try flush(&limit)
    }

    /// Ends COPY IN, and returns the number of stored rows.
    func endCopyIn(_ limit: inout WaitLimit) throws(PostgresError) -> Int {
        guard PQputCopyEnd(pointer, nil) == 1 else { throw lostError() }
        try flush(&limit)
        return try collectResults(&limit).affectedRows
    }

    /// Makes the server discard the sent rows of COPY IN; the connection is then ready for the next statement.
    func abortCopyIn(_ limit: inout WaitLimit) {
        guard !isBroken else { return }
        do throws(PostgresError) {
            guard PQputCopyEnd(pointer, "ended by the client") == 1 else { throw lostError() }
            try flush(&limit)
            _ = try collectResults(&limit)
        } catch {
            // The server reports the cancellation as an error, as expected.
            if error.code != .server { isAbandoned = isAbandoned || isBroken }
        }
    }

    /// Passes on the next piece of COPY OUT's data, which is one row; nil at the end.
    ///
    /// The bytes are valid during the call of `body` only.
    func nextCopyData<Value>(
        _ limit: inout WaitLimit,
        _ body: (UnsafeRawBufferPointer) throws -> Value
    ) throws -> Value? {
        while true {
            var start: UnsafeMutablePointer<CChar>?
            let length = PQgetCopyData(pointer, &start, 1)
            if length > 0, let start {
                defer { PQfreemem(start) }
                return try body(UnsafeRawBufferPointer(start: start, count: Int(length)))
            }
            switch length {
            case 0: try awaitCopyData(&limit)
            case -1: return nil
            default: throw lostError()
            }
        }
    }

    /// Cancels COPY OUT on the server, and discards the rest that it has sent.
    func abortCopyOut(_ limit: inout WaitLimit) {
        guard !isBroken else { return }
        if limit.cancellation == nil { requestCancellation(because: .interrupted, &limit) }
        do {
            while try nextCopyData(&limit, { _ in true }) != nil {}
            _ = try collectResults(&limit)
        } catch let error as PostgresError where error.sqlState == .queryCanceled {
            // The expected error of the cancellation.
        } catch {
            isAbandoned = true
        }
    }
}
