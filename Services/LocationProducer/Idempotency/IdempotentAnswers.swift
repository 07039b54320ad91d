import Credentials
import HTTPServer
import Models
import Synchronization

/// Answers a request that is sent again, under the key that it had before, as it was answered then.
///
/// What is kept is this process's: a repeat that another replica gets is done again there. Stored once it is all the same,
/// for it has the same person, device, time and place.
final class IdempotentAnswers: Sendable {
    private let memory: Mutex<AnswerMemory>
    private let now: @Sendable () -> Timestamp

    /// A request that is being done.
    ///
    /// Used by one task.
    final class Attempt {
        /// When it came, or came first.
        let moment: Timestamp
        fileprivate let digest: ContentDigest?

        fileprivate init(moment: Timestamp, digest: ContentDigest?) {
            self.moment = moment
            self.digest = digest
        }

        /// Notes a piece of the body, which tells the request from others.
        func note(_ bytes: [UInt8]) {
            digest?.add(bytes)
        }
    }

    /// Makes a memory without answers.
    ///
    /// - Parameters:
    ///   - capacity: the bytes of all answers.
    ///   - lifetime: how long an answer is good for.
    ///   - now: the clock.
    init(capacity: Int, lifetime: Duration, now: @escaping @Sendable () -> Timestamp) {
        memory = Mutex(AnswerMemory(capacity: capacity, lifetime: lifetime.components.seconds * 1_000_000))
        self.now = now
    }

    /// Answers a request: again, if its key says so, else by doing it.
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - limit: the most bytes that its body may have.
    ///   - body: does it; it is to note the body and to take the attempt's moment for the time.
    /// - Returns: the answer.
    /// - Throws: a 409 problem while it is being done, 422 if the key was another request's; what `body` throws.
    func answer(
        _ request: Request,
        upTo limit: Int,
        _ body: (Attempt) async throws -> Response
    ) async throws -> Response {
        guard let key = try IdempotencyKey(of: request) else {
            return try await body(Attempt(moment: now(), digest: nil))
        }
        let name = AnswerMemory.Name(client: request.clientNetwork, key: key)
        let digest = ContentDigest()
        digest.add(Array("\(request.path)\n\(request.headers["Content-Type"] ?? "")\n".utf8))
        switch memory.withLock({ $0.begin(name, now: now()) }) {
        case .running:
            throw Problem(
                .conflict,
                "A request with this Idempotency-Key is being answered: try again shortly.",
                headers: ["Retry-After": "1"]
            )
        case .answered(let response, let known):
            for try await bytes in request.body.limited(to: limit) { digest.add(bytes) }
            guard digest.finish() == known else {
                throw Problem(
                    .unprocessableContent,
                    "This Idempotency-Key was another request's: take a new one for each request."
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

    /// Whether the request was refused without an effect.
    private static func isRefusal(_ error: any Error) -> Bool {
        guard let status = (error as? any ProblemConvertible)?.problem.status, !(error is InterruptedBatch) else {
            return false
        }
        return (400..<500).contains(status.code)
    }
}

extension Response {
    /// The bytes of the content, if they are there.
    fileprivate var size: Int {
        if case .bytes(let bytes) = body { bytes.count } else { 0 }
    }
}
