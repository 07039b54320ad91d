/// Decoded rows of COPY OUT in pieces, which the connection's thread decodes while the reader uses an earlier piece.
///
/// At most a few pieces wait; beyond that, the connection's thread waits, and so does the server. Iterate once.
package struct PostgresCopyChunks<Element: Sendable>: AsyncSequence, Sendable {
    let pipe: CopyPipe<Element>

    package func makeAsyncIterator() -> Iterator {
        Iterator(pipe: pipe)
    }

    /// Iterates over the pieces.
    package struct Iterator: AsyncIteratorProtocol {
        let pipe: CopyPipe<Element>

        /// The next piece; nil after the last.
        ///
        /// - Throws: the error of COPY or of the decoding; `CancellationError` if the task is cancelled.
        package mutating func next() async throws -> [Element]? {
            try await pipe.next()
        }

        package mutating func next(isolation actor: isolated (any Actor)?) async throws -> [Element]? {
            try await pipe.next()
        }
    }
}

extension PostgresConnection {
    /// Reads rows by COPY in pieces: `COPY (SELECT …) TO STDOUT (FORMAT binary)`.
    ///
    /// Unlike in ``copyOut(_:into:timeout:_:)``, the connection's thread decodes while the task of `body` uses an
    /// earlier piece, so two cores work. If `body` throws or returns before the last piece, COPY is cancelled on the
    /// server. The connection stays usable, but not an open transaction.
    ///
    /// - Parameters:
    ///   - query: the COPY statement.
    ///   - chunkSize: the number of rows in a piece; the last one may have fewer.
    ///   - timeout: how long all of it may take, if different from other statements.
    ///   - decode: appends the decoded row to a piece, on the connection's thread.
    ///   - body: uses the pieces.
    /// - Returns: what `body` returns.
    /// - Throws: ``PostgresError``, what `decode` and `body` throw, `CancellationError`.
    package nonisolated func withCopyOut<Element: Sendable, Value>(
        _ query: PostgresQuery,
        chunkSize: Int,
        timeout: Duration? = nil,
        decode: @escaping @Sendable (inout PostgresCopyRow, inout [Element]) throws -> Void,
        _ body: (PostgresCopyChunks<Element>) async throws -> Value
    ) async throws -> Value {
        let pipe = CopyPipe<Element>()
        return try await withThrowingTaskGroup { group in
            group.addTask {
                do {
                    // This generic code is not specialised for the element's type, but it only counts.
                    let start = (chunk: [Element](), rows: 0)
                    let rest = try await self.copyOut(query, into: start, timeout: timeout) { piece, row in
                        if piece.rows == 0 { piece.chunk.reserveCapacity(chunkSize) }
                        try decode(&row, &piece.chunk)
                        piece.rows += 1
                        guard piece.rows == chunkSize else { return }
                        try pipe.put(piece.chunk)
                        piece = ([], 0)
                    }
                    pipe.finish(.success(rest.chunk))
                } catch {
                    pipe.finish(.failure(error))
                }
            }
            defer {
                // The rest is not wanted; the writer may be waiting for room or for the server.
                pipe.abandon()
                group.cancelAll()
            }
            return try await body(PostgresCopyChunks(pipe: pipe))
        }
    }
}
