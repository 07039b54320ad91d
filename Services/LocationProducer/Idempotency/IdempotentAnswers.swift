import Credentials
import HTTPServer
import Models
import Synchronization

/// Returns the first answer to a request that is repeated with the same key.
///
/// Each process has its own memory: a retry that reaches another replica runs again. Its locations are still stored
/// once, because they have the same person, device, time and place.
final class IdempotentAnswers: Sendable {
    private let memory: Mutex<AnswerMemory>

    /// A request in progress.
    ///
    /// Used by one task.
    final class Attempt {
        /// The time at which it was first received.
        let moment: Timestamp
        fileprivate let digest: ContentDigest?

        fileprivate init(moment: Timestamp, digest: ContentDigest?) {
            self.moment = moment
            self.digest = digest
        }

        /// Adds a part of the body to the request's digest.
        func note(_ bytes: [UInt8]) {
            digest?.add(bytes)
        }
    }

    /// The memory is empty.
    ///
    /// - Parameters:
    ///   - capacity: the bytes of all answers.
    ///   - lifetime: the lifetime of an answer.
    init(capacity: Int, lifetime: Duration) {
        memory = Mutex(AnswerMemory(capacity: capacity, lifetime: lifetime.components.seconds * 1_000_000))
    }

    /// Answers a request from memory or, if it is new, by `body`.
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - moment: the time of receipt.
    ///   - limit: the maximum size of the body in bytes.
    ///   - body: answers the request; it must note the body, and use the attempt's moment as the default time.
    /// - Returns: the answer.
    /// - Throws: a 409 problem while the same request is in progress, 422 if the key belongs to another request; what
    ///   `body` throws.
    func answer(
        _ request: Request,
        at moment: Timestamp,
        upTo limit: Int,
        _ body: (Attempt) async throws -> Response
    ) async throws -> Response {
        guard let key = try IdempotencyKey(of: request) else {
            return try await body(Attempt(moment: moment, digest: nil))
        }
        let name = AnswerMemory.Name(client: request.clientNetwork, key: key)
        let digest = ContentDigest()
        digest.add(Array("\(request.path)\n\(request.headers["Content-Type"] ?? "")\n".utf8))
        switch memory.withLock({ $0.begin(name, now: moment) }) {
        case .running:
            throw Problem(
                .conflict,
                "A request with this Idempotency-Key is in progress: try again shortly.",
                headers: ["Retry-After": "1"]
            )
        case .answered(let response, let known):
            for try await bytes in request.body.limited(to: limit) { digest.add(bytes) }
            guard digest.finish() == known else {
                throw Problem(
                    .unprocessableContent,
                    "This Idempotency-Key belongs to another request: use a new key for each request."
                )
            }
            return response
        case .new(let moment):
            do {
                let response = try await body(Attempt(moment: moment, digest: digest))
                let outcome = AnswerMemory.Outcome.answered(response, size: response.size, digest: digest.finish())
                memory.withLock { $0.end(name, outcome) }
                return response
            } catch {
                memory.withLock { $0.end(name, Self.isRefusal(error) ? .refused : .failed) }
                throw error
            }
        }
    }

    /// Whether the request was rejected without an effect.
    private static func isRefusal(_ error: any Error) -> Bool {
        guard let status = (error as? any ProblemConvertible)?.problem.status, !(error is InterruptedBatch) else {
            return false
        }
        return (400..<500).contains(status.code)
    }
}

extension Response {
    /// The size of the body, if it is in memory.
    fileprivate var size: Int {
        if case .bytes(let bytes) = body { bytes.count } else { 0 }
    }
}
