import HTTPServer

/// Admits the requests of a route, by the heads of their bodies.
///
/// A request is checked by its head, so that an overload is rejected cheaply. It gets its permit when its task starts: a
/// small body has arrived by then, so that slow clients hold no memory.
struct RouteAdmission: Sendable {
    let admission: Admission
    /// The maximum bytes of a request's body that are in memory at once.
    let limit: @Sendable (Request) -> Int

    /// The assumed compression ratio of a body.
    private static let compressionRatio = 8

    /// Rejects requests without room by their head.
    var gate: RequestGate {
        { request throws(Problem) in
            let (cost, memory) = demand(of: request)
            try admission.check(cost: cost, memory: memory)
        }
    }

    /// Admits a request if there is room.
    ///
    /// - Returns: a permit that keeps the request admitted until it is released.
    /// - Throws: a 503 problem if there is no room.
    func admit(_ request: Request) throws(Problem) -> Admission.Permit {
        let (cost, memory) = demand(of: request)
        guard let permit = admission.admit(cost: cost, memory: memory) else { throw Problem.overloaded }
        return permit
    }

    /// Admits a request if there is room, and processes its body.
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - body: answers the request.
    /// - Returns: what `body` returns.
    /// - Throws: a 503 problem if there is no room, 413 if the body is too large; what `body` throws.
    func withBody<Answer>(
        of request: Request,
        _ body: ([UInt8]) async throws -> Answer
    ) async throws -> Answer {
        let permit = try admit(request)
        let bytes = try await request.body.collect(upTo: limit(request))
        guard let answer = try await permit.work(cost: bytes.count, { try await body(bytes) }) else {
            throw Problem.overloaded
        }
        return answer
    }

    private func demand(of request: Request) -> (cost: Int, memory: Int) {
        let limit = limit(request)
        let isCoded = request.headers["Content-Encoding"] != nil
        let announced = request.body.announcedLength ?? Admission.overhead
        // The size of a compressed body, or of one without a length, is unknown.
        let isKnown = !isCoded && request.body.announcedLength != nil
        return (
            min(isCoded ? announced * Self.compressionRatio : announced, limit), isKnown ? min(announced, limit) : limit
        )
    }
}

extension Admission {
    /// The admission of a route whose requests hold at most `limit` bytes of their bodies in memory.
    func route(limit: Int) -> RouteAdmission {
        RouteAdmission(admission: self) { _ in limit }
    }
}
