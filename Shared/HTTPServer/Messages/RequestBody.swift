/// The content of a request, read once: as a value with a bound, or as a stream.
///
/// ```swift
/// let bytes = try await request.body.collect(upTo: 65_536)
/// for try await chunk in request.body.limited(to: 64 << 20) { … }
/// ```
///
/// A stream takes bytes from the socket no faster than its reader takes them. Content in `gzip` coding is unfolded on
/// the way; bounds are on what comes out. A body over its bound is answered 413, and the connection ends. A body is to be
/// read before the answer begins, not within the closure of a response that streams: see ``BodyReadTooLate``.
package struct RequestBody: AsyncSequence, Sendable {
    package typealias Element = [UInt8]

    let source: any RequestBodySource
    let isGzip: Bool
    /// How many bytes will come, if the client has said so; of the coded form, if there is a coding.
    package let announcedLength: Int?
    /// The bound on a stream in bytes.
    package let limit: Int

    init(source: any RequestBodySource, announcedLength: Int?, isGzip: Bool, limit: Int) {
        self.source = source
        self.announcedLength = announcedLength
        self.isGzip = isGzip
        self.limit = limit
    }

    /// A body that is all there, for tests.
    package init(_ bytes: [UInt8] = []) {
        self.init(source: BufferedBody(bytes), announcedLength: bytes.count, isGzip: false, limit: .max)
    }

    /// The same body with another bound.
    package func limited(to limit: Int) -> RequestBody {
        RequestBody(source: source, announcedLength: announcedLength, isGzip: isGzip, limit: limit)
    }

    /// Reads the whole body.
    ///
    /// - Parameter limit: the most bytes that are taken.
    /// - Returns: all of it.
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

    /// Reads a body that says nothing, to its end: what is not a whole request shall have no effect.
    ///
    /// - Throws: a 413 problem over 64 KiB, 400 for malformed gzip; ``ClientDisconnected``.
    package func discard() async throws {
        guard announcedLength != 0 else { return }
        for try await _ in limited(to: 65_536) {}
    }

    package func makeAsyncIterator() -> Iterator {
        Iterator(body: self)
    }

    /// Reads one body.
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

        /// The next bytes, never none of them; `nil` at the end.
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

/// Where a ``RequestBody`` comes from.
protocol RequestBodySource: Sendable {
    /// The next bytes, `nil` at the end; waits for them.
    func nextChunk() async throws -> [UInt8]?
    /// The whole body, if all of it is there and none of it was taken.
    func takeWhole() -> [UInt8]?
    /// Lets the next bytes be all of the body, which has so many.
    func awaitWhole(_ length: Int)
}

/// A handler read a body after it had answered.
///
/// libmicrohttpd sends an answer when it has read the request, so one cannot be made of the other while both are on
/// their way: read the body first, or what is needed of it.
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
