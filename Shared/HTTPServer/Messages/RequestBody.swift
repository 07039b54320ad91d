/// The content of a request, which is read once: as a value with a limit, or as a stream.
///
/// ```swift
/// let bytes = try await request.body.collect(upTo: 65_536)
/// for try await chunk in request.body.limited(to: 64 << 20) { … }
/// ```
///
/// A stream reads from the socket no faster than its reader. It decompresses `gzip`; limits apply to the result. A body
/// beyond its limit is answered 413, and the connection ends. Read the body before the answer begins, not within the
/// closure of a streamed response: see ``BodyReadTooLate``.
package struct RequestBody: AsyncSequence, Sendable {
    package typealias Element = [UInt8]

    let source: any RequestBodySource
    let isGzip: Bool
    /// The announced length, if any; of the coded form, if there is a coding.
    package let announcedLength: Int?
    /// The limit of a stream in bytes.
    package let limit: Int

    init(source: any RequestBodySource, announcedLength: Int?, isGzip: Bool, limit: Int) {
        self.source = source
        self.announcedLength = announcedLength
        self.isGzip = isGzip
        self.limit = limit
    }

    /// A complete body, for tests.
    package init(_ bytes: [UInt8] = []) {
        self.init(source: BufferedBody(bytes), announcedLength: bytes.count, isGzip: false, limit: .max)
    }

    /// The same body with another limit.
    package func limited(to limit: Int) -> RequestBody {
        RequestBody(source: source, announcedLength: announcedLength, isGzip: isGzip, limit: limit)
    }

    /// Reads the whole body.
    ///
    /// - Parameter limit: the maximum number of bytes.
    /// - Returns: the whole body.
    /// - Throws: a 413 problem over the limit, 400 for malformed gzip; ``ClientDisconnected``.
    package func collect(upTo limit: Int) async throws -> [UInt8] {
        if !isGzip, let whole = source.takeWhole() {
            guard whole.count <= limit else { throw Problem.bodyTooLarge(limit: limit) }
            return whole
        }
        if !isGzip, let announcedLength, announcedLength <= limit { source.awaitWhole(announcedLength) }
        var collected: [UInt8] = []
        for try await chunk in limited(to: limit) {
            if collected.isEmpty { collected = chunk } else { collected.append(contentsOf: chunk) }
        }
        return collected
    }

    /// Reads a meaningless body to its end, because an incomplete request must have no effect.
    ///
    /// - Throws: a 413 problem over 64 KiB, 400 for malformed gzip; ``ClientDisconnected``.
    package func discard() async throws {
        guard announcedLength != 0 else { return }
        for try await _ in limited(to: 65_536) {}
    }

    package func makeAsyncIterator() -> Iterator {
        Iterator(body: self)
    }

    /// Iterates over a body.
    package struct Iterator: AsyncIteratorProtocol {
        private let source: any RequestBodySource
        private let limit: Int
        private let inflater: Inflater?
        private var announcedLength: Int?
        private var count = 0

        init(body: RequestBody) {
            source = body.source
            limit = body.limit
            inflater = body.isGzip ? Inflater() : nil
            announcedLength = body.announcedLength
        }

        /// The next bytes, at least one; `nil` at the end.
        package mutating func next() async throws -> [UInt8]? {
            if inflater == nil, let announced = announcedLength, announced > limit {
                throw Problem.bodyTooLarge(limit: limit)
            }
            announcedLength = nil
            if let unfolded = try inflater?.pending(limit: limit - count) {
                return try counted(unfolded)
            }
            while let chunk = try await source.nextChunk() {
                guard let inflater else { return try counted(chunk) }
                inflater.take(chunk)
                if let unfolded = try inflater.pending(limit: limit - count) {
                    return try counted(unfolded)
                }
            }
            try inflater?.finish()
            return nil
        }

        private mutating func counted(_ chunk: [UInt8]) throws -> [UInt8] {
            count += chunk.count
            guard count <= limit else { throw Problem.bodyTooLarge(limit: limit) }
            return chunk
        }
    }
}

/// The source of a ``RequestBody``.
protocol RequestBodySource: Sendable {
    /// Waits for the next bytes; `nil` at the end.
    func nextChunk() async throws -> [UInt8]?
    /// The whole body, if it is complete and nothing of it was taken.
    func takeWhole() -> [UInt8]?
    /// Makes the next bytes the whole body of this length.
    func awaitWhole(_ length: Int)
}

/// A handler read a body after its answer had begun.
///
/// libmicrohttpd sends an answer after it has read the request, so an answer cannot depend on a body that is still
/// arriving: read the body first.
package struct BodyReadTooLate: Error, CustomStringConvertible {
    package var description: String { "The request's body was read after the answer had begun." }
}

extension Problem {
    /// 413; the rest of the body is not read.
    static func bodyTooLarge(limit: Int) -> Problem {
        var problem = Problem(.contentTooLarge, "The body is larger than the \(limit) bytes that are taken here.")
        problem.closesConnection = true
        return problem
    }
}
