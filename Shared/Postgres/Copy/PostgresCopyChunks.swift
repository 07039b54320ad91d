/// What COPY OUT's rows are made into, in pieces, decoded on the connection's thread while the reader works on an
/// earlier piece.
///
/// A few pieces at most wait to be read; beyond, the connection's thread waits, and with it the server. To be iterated
/// over once.
package struct PostgresCopyChunks<Element: Sendable>: AsyncSequence, Sendable {
    let pipe: CopyPipe<Element>

    package func makeAsyncIterator() -> Iterator {
        Iterator(pipe: pipe)
    }

    /// Waits for one piece after the other.
    package struct Iterator: AsyncIteratorProtocol {
        let pipe: CopyPipe<Element>

        /// The next piece; nil behind the last.
        ///
        /// - Throws: what COPY or the decoding has failed with, `CancellationError` if the task is cancelled.
        package mutating func next() async throws -> [Element]? {
            try await pipe.next()
        }

        package mutating func next(isolation actor: isolated (any Actor)?) async throws -> [Element]? {
            try await pipe.next()
        }
    }
}

extension PostgresConnection {
    /// Reads rows by COPY and hands them over in pieces: `COPY (SELECT …) TO STDOUT (FORMAT binary)`.
    ///
    /// Where ``copyOut(_:into:timeout:_:)`` decodes and uses each row in turn, here the connection's thread decodes while
    /// the task of `body` uses what came before, so that two cores work. When `body` throws or returns before the
    /// last piece, COPY is cancelled on the server; the connection stays usable, a transaction that it is in does not.
    ///
    /// - Parameters:
    ///   - query: the COPY statement.
    ///   - chunkSize: how many rows a piece is made of; the last has fewer.
    ///   - timeout: how long all of it may take, if not as long as any statement.
    ///   - decode: appends what it makes of a row to a piece, on the connection's thread.
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
                    // What is generic here is not made for the element's type: it only counts.
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
                // What is left to be read nobody wants: the writer may be waiting for room, or for the server.
                pipe.abandon()
                group.cancelAll()
            }
            return try await body(PostgresCopyChunks(pipe: pipe))
        }
    }
}
