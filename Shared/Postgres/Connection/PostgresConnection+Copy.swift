import CLibPQ

extension PostgresConnection {
    /// Sends rows to the server by COPY, the fastest way to insert: `COPY … FROM STDIN (FORMAT binary)`.
    ///
    /// ```swift
    /// try await connection.copyIn("COPY person (id, name) FROM STDIN (FORMAT binary)") { writer in
    ///     for person in people {
    ///         try writer.beginRow(fieldCount: 2)
    ///         try writer.write(person.id)
    ///         try writer.write(person.name)
    ///     }
    /// }
    /// ```
    /// `rows` runs on the connection's thread and may block. If it throws, or the task is cancelled, the server stores
    /// none of the rows, and the connection stays usable. Returns the number of stored rows.
    @discardableResult
    package func copyIn(
        _ query: PostgresQuery,
        timeout: Duration? = nil,
        _ rows: sending (inout PostgresCopyWriter) throws -> Void
    ) async throws -> Int {
        try await interruptibly {
            try withWork(query, timeout: timeout) { handle, limit in
                try handle.beginCopy(query, expecting: PGRES_COPY_IN, &limit)
                do {
                    try write(rows, to: handle, limit)
                } catch {
                    handle.abortCopyIn(&limit)
                    throw error
                }
                return try handle.endCopyIn(&limit)
            }
        }
    }

    /// Reads rows from the server by COPY, the fastest way to read: `COPY (SELECT …) TO STDOUT (FORMAT binary)`.
    ///
    /// `body` is called on the connection's thread for each arriving row, with its result so far. The server waits
    /// while it runs, so memory stays bounded. If it throws, or the task is cancelled, the COPY is cancelled on the
    /// server, and the connection stays usable.
    @discardableResult
    package func copyOut<Result: Sendable>(
        _ query: PostgresQuery,
        into initial: Result,
        timeout: Duration? = nil,
        _ body: sending (inout Result, inout PostgresCopyRow) throws -> Void
    ) async throws -> Result {
        var result = initial
        try await interruptibly {
            try withWork(query, timeout: timeout) { handle, limit in
                try handle.beginCopy(query, expecting: PGRES_COPY_OUT, &limit)
                do {
                    try read(&result, from: handle, &limit, body)
                } catch {
                    handle.abortCopyOut(&limit)
                    throw error
                }
                _ = try handle.collectResults(&limit)
            }
        }
        return result
    }

    private func write(
        _ rows: (inout PostgresCopyWriter) throws -> Void,
        to handle: PGConnection,
        _ limit: WaitLimit
    ) throws {
        var limit = limit
        var writer = PostgresCopyWriter { bytes in
            if handle.interrupter.isPending { throw CancellationError() }
            try handle.putCopyData(bytes, &limit)
        }
        try rows(&writer)
        try writer.finish()
    }

    private func read<Result>(
        _ result: inout Result,
        from handle: PGConnection,
        _ limit: inout WaitLimit,
        _ body: (inout Result, inout PostgresCopyRow) throws -> Void
    ) throws {
        var isFirst = true
        var isComplete = false
        var rowsUntilCheck = 0
        while !isComplete {
            rowsUntilCheck -= 1
            if rowsUntilCheck <= 0 {
                // If data never run out, the loop never waits, so it must check for an interruption.
                if handle.interrupter.isPending { throw CancellationError() }
                rowsUntilCheck = 1_024
            }
            let wasData: Void? = try handle.nextCopyData(&limit) { bytes in
                var bytes = bytes
                if isFirst { bytes = try withoutHeader(bytes) }
                isFirst = false
                while !bytes.isEmpty {
                    guard var row = try PostgresCopyRow(&bytes) else {
                        bytes = UnsafeRawBufferPointer(start: nil, count: 0)
                        return
                    }
                    try body(&result, &row)
                    bytes = try row.rest()
                }
            }
            if wasData == nil { isComplete = true }
        }
    }
}

/// Skips the header of binary COPY data: signature, flags, extension.
private func withoutHeader(_ bytes: UnsafeRawBufferPointer) throws(PostgresError) -> UnsafeRawBufferPointer {
    let signatureLength = 11
    guard bytes.count >= signatureLength + 8, bytes.starts(with: Array("PGCOPY".utf8)) else {
        throw PostgresError(.misuse, "copyOut reads binary format only: COPY … TO STDOUT (FORMAT binary).")
    }
    let extensionLength = Int32(
        bigEndian: bytes.loadUnaligned(fromByteOffset: signatureLength + 4, as: Int32.self)
    )
    let headerLength = signatureLength + 8 + Int(extensionLength)
    guard extensionLength >= 0, headerLength <= bytes.count else { throw .malformedCopyData }
    return UnsafeRawBufferPointer(rebasing: bytes[headerLength...])
}
