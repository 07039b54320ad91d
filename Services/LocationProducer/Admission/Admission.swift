import HTTPServer
import Observability
import Synchronization

/// Limits the requests in progress of REST, gRPC and the phones' protocols together, by memory and by the work that can
/// be done in time.
///
/// Admitted requests keep their latency under any load; the others are rejected by their head, at once and cheaply. See
/// ``AdmissionLimit`` for the limit.
final class Admission: Sendable {
    /// The cost of a request without its content, in bytes of a batch.
    static let overhead = 1 << 10
    /// The cost of a location that is not JSON, in bytes of a batch.
    static let locationCost = 100

    /// The maximum memory per byte of a batch until the answer is sent.
    ///
    /// A line of 100 bytes becomes a report, a message, a block or a record with its headers, librdkafka's copy, a
    /// number and a part of the answer: 900 bytes together. The allocator keeps some of the freed memory.
    private static let expansion = 16

    private let state: Mutex<AdmissionState>
    private let refused: Counter

    /// Starts without requests in progress.
    ///
    /// - Parameters:
    ///   - capacity: the maximum size of all bodies in progress.
    ///   - metrics: receives the `admission_…` metrics.
    init(capacity: Int, metrics: MetricsRegistry) {
        state = Mutex(AdmissionState(capacity: capacity))
        refused = metrics.counter(
            "admission_refused_total",
            "Requests that were rejected because of overload."
        )
        metrics.gauge("admission_limit_bytes", "Maximum bytes of requests in progress.") { [weak self] in
            Double(self?.state.withLock { $0.limit.bytes } ?? 0)
        }
        metrics.gauge("admission_work_bytes", "Bytes of requests in progress.") { [weak self] in
            Double(self?.state.withLock { $0.work } ?? 0)
        }
    }

    /// Makes the admission of a process with a memory bound; a batch of the maximum size is always admitted alone.
    convenience init(memoryBound: Int, metrics: MetricsRegistry) {
        self.init(capacity: max(memoryBound / Self.expansion, LocationBatch.maximumBytes), metrics: metrics)
    }

    /// Admits a request if there is room.
    ///
    /// - Parameters:
    ///   - cost: about the bytes to process.
    ///   - memory: the bytes that are in memory at once; `cost` if `nil`.
    /// - Returns: a permit that keeps the request admitted until it is released; `nil` if the client should retry
    ///   later.
    func admit(cost: Int, memory: Int? = nil) -> Permit? {
        let id = state.withLock { $0.admit(cost: cost + Self.overhead, memory: memory ?? cost, now: .now) }
        guard let id else {
            refused.increment()
            return nil
        }
        return Permit(admission: self, id: id)
    }

    /// Rejects a request without room, before any task starts for it.
    ///
    /// - Throws: a 503 problem.
    func check(cost: Int, memory: Int) throws(Problem) {
        guard state.withLock({ $0.wouldAdmit(cost: cost + Self.overhead, memory: memory, now: .now) }) else {
            refused.increment()
            throw Problem.overloaded
        }
    }

    /// Reserves memory for messages of an admitted stream; the caller must release it.
    ///
    /// - Returns: whether there was enough memory. No other limit applies, because the stream's window slows the
    ///   sender.
    func reserve(_ bytes: Int) -> Bool {
        state.withLock { $0.reserve(bytes) }
    }

    /// Releases reserved memory.
    func release(_ bytes: Int) {
        state.withLock { $0.release(bytes) }
    }

    /// An admitted request, until this permit is released.
    final class Permit: Sendable {
        private let admission: Admission
        private let id: AdmissionState.ID

        fileprivate init(admission: Admission, id: AdmissionState.ID) {
            self.admission = admission
            self.id = id
        }

        deinit {
            admission.state.withLock { $0.end(id) }
        }

        /// Processes the part of the request that has arrived.
        ///
        /// - Parameters:
        ///   - cost: its size in bytes.
        ///   - body: processes it.
        /// - Returns: what `body` returns; `nil` if the body was slow and there is no room for it.
        /// - Throws: what `body` throws.
        func work<Value>(cost: Int, _ body: () async throws -> Value) async rethrows -> Value? {
            let hasRoom = admission.state.withLock { $0.beginWork(id, cost: cost + Admission.overhead, now: .now) }
            guard hasRoom else {
                admission.refused.increment()
                return nil
            }
            defer { admission.state.withLock { $0.endWork(id, now: .now) } }
            return try await body()
        }
    }
}

extension Problem {
    /// 503: the sender keeps the locations and retries.
    static let overloaded = unavailable("The server is overloaded: try again shortly.")
}

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
