import HTTPServer
import Observability
import Synchronization

/// Admits requests: REST, gRPC and the phones' protocols together take what memory has room for, and no more than can be
/// answered in time.
///
/// What is let in keeps its latency, however much is asked for; the rest is refused at once and cheaply, at its head. See
/// ``AdmissionLimit`` for how much that is.
final class Admission: Sendable {
    /// What a request costs beside its content: about as much work as so many bytes of a batch.
    static let overhead = 1 << 10
    /// What a location costs that does not come as JSON, in bytes of such.
    static let locationCost = 100

    /// How many bytes of memory a byte of a batch takes at most until it is answered.
    ///
    /// A line of 100 bytes is a report, a message, a block or a record with its headers, librdkafka's copy of that, a number
    /// and a part of the answer, 900 bytes together; the allocator keeps some of what was given back.
    private static let expansion = 16
    /// How much larger a folded body is taken to be before it is known.
    private static let folding = 8

    private let state: Mutex<AdmissionState>
    private let refused: Counter

    /// Lets in what takes no more memory than so many bytes.
    ///
    /// - Parameters:
    ///   - capacity: the bytes of all bodies that are in progress at once.
    ///   - metrics: gets the `admission_…` metrics.
    init(capacity: Int, metrics: MetricsRegistry) {
        state = Mutex(AdmissionState(capacity: capacity))
        refused = metrics.counter(
            "admission_refused_total",
            "Requests that were refused because there was too much to do."
        )
        metrics.gauge("admission_limit_bytes", "Bytes of requests that may be worked on at once.") { [weak self] in
            Double(self?.state.withLock { $0.limit.bytes } ?? 0)
        }
        metrics.gauge("admission_work_bytes", "Bytes of requests that are worked on.") { [weak self] in
            Double(self?.state.withLock { $0.work } ?? 0)
        }
    }

    /// Makes the admission of a process that is to stay below so much memory; one batch always has room.
    convenience init(memoryBound: Int, metrics: MetricsRegistry) {
        self.init(capacity: max(memoryBound / Self.expansion, LocationBatch.maximumBytes), metrics: metrics)
    }

    /// Lets a request in, if there is room.
    ///
    /// - Parameters:
    ///   - cost: about the bytes that are to be worked on.
    ///   - memory: the bytes that are in memory at once; `cost` if `nil`.
    /// - Returns: what lets it, for as long as somebody holds it; `nil` if it has to come again later.
    func admit(cost: Int, memory: Int? = nil) -> Permit? {
        let id = state.withLock { $0.admit(cost: cost + Self.overhead, memory: memory ?? cost, now: .now) }
        guard let id else {
            refused.increment()
            return nil
        }
        return Permit(admission: self, id: id)
    }

    /// Lets a request in, if there is room, by what its head says of its body.
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - limit: the most bytes of its body that are in memory at once.
    /// - Returns: what lets it.
    /// - Throws: a 503 problem if there is no room.
    func admit(_ request: Request, limit: Int) throws(Problem) -> Permit {
        let (cost, memory) = Self.demand(of: request, limit: limit)
        guard let permit = admit(cost: cost, memory: memory) else { throw Problem.overloaded }
        return permit
    }

    /// Refuses requests for which there is no room before any task is made for them: a route's gate.
    func gate(limit: Int) -> RequestGate {
        { [self] request throws(Problem) in
            let (cost, memory) = Self.demand(of: request, limit: limit)
            let isAdmitted = state.withLock { $0.wouldAdmit(cost: cost + Self.overhead, memory: memory, now: .now) }
            guard isAdmitted else {
                refused.increment()
                throw Problem.overloaded
            }
        }
    }

    /// What a request needs, by what its head says of its body.
    private static func demand(of request: Request, limit: Int) -> (cost: Int, memory: Int) {
        let isCoded = request.headers["Content-Encoding"] != nil
        let announced = request.body.announcedLength ?? overhead
        // What a coded body unfolds to, and how long one without a length is, shows only later.
        let isKnown = !isCoded && request.body.announcedLength != nil
        return (min(isCoded ? announced * folding : announced, limit), isKnown ? min(announced, limit) : limit)
    }

    /// Lets a request in, if there is room, and works on its body.
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - limit: the most bytes that its body may have.
    ///   - body: makes the answer of it.
    /// - Returns: what `body` returns.
    /// - Throws: a 503 problem if there is no room, 413 if the body is too large; what `body` throws.
    func withBody<Answer>(
        of request: Request,
        upTo limit: Int,
        _ body: ([UInt8]) async throws -> Answer
    ) async throws -> Answer {
        let permit = try admit(request, limit: limit)
        let bytes = try await request.body.collect(upTo: limit)
        guard let answer = try await permit.work(cost: bytes.count, { try await body(bytes) }) else {
            throw Problem.overloaded
        }
        return answer
    }

    /// Takes memory for what comes on a stream that has been let in; it is to be released again.
    ///
    /// - Returns: whether there is so much. No other limit holds: whoever sends on a stream is held back by it.
    func reserve(_ bytes: Int) -> Bool {
        state.withLock { $0.reserve(bytes) }
    }

    /// Gives back what was reserved.
    func release(_ bytes: Int) {
        state.withLock { $0.release(bytes) }
    }

    /// A request that has been let in; it is over when nobody holds this any more.
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

        /// Works on what has come.
        ///
        /// - Parameters:
        ///   - cost: its bytes.
        ///   - body: does it.
        /// - Returns: what `body` returns; `nil` if it came so slowly that there is no room for it any more.
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
    /// 503: the sender keeps what it has and comes again.
    static let overloaded = unavailable("The server is overloaded: try again shortly.")
}
