/// Exponential back-off: the pause doubles with each failure up to a cap.
///
/// Jitter keeps many clients from retrying at the same moment.
package struct Backoff: Sendable {
    private let base: Duration
    private let cap: Duration
    private var failures = 0

    /// - Parameters:
    ///   - base: the longest pause after the first failure.
    ///   - cap: the longest pause.
    package init(base: Duration = .milliseconds(50), cap: Duration = .seconds(5)) {
        self.base = base
        self.cap = cap
    }

    /// The pause after some failures.
    ///
    /// - Parameters:
    ///   - failures: failed attempts so far, at least 1.
    ///   - jitter: a random number in 0..<1.
    /// - Returns: between one half and the whole of base × 2^(failures − 1), at most the cap.
    package func delay(afterFailures failures: Int, jitter: Double) -> Duration {
        let whole = min(cap, base * (1 << min(max(failures - 1, 0), 20)))
        return whole * (0.5 + jitter / 2)
    }

    /// Counts a failure, and returns the pause after it.
    package mutating func next() -> Duration {
        failures += 1
        return delay(afterFailures: failures, jitter: .random(in: 0..<1))
    }

    /// Forgets the failures after a success.
    package mutating func reset() {
        failures = 0
    }
}

/// Repeats `body` until it succeeds, with pauses between attempts.
///
/// - Parameters:
///   - backoff: the pauses.
///   - body: the work.
///   - whenFailed: receives each error with the pause that follows; it throws if another attempt cannot help.
/// - Returns: the result of `body`.
/// - Throws: an error of `whenFailed`, or `CancellationError`.
package func retrying<Value>(
    _ backoff: Backoff = Backoff(),
    _ body: () async throws -> Value,
    whenFailed: (_ error: any Error, _ delay: Duration) throws -> Void
) async throws -> Value {
    var backoff = backoff
    while true {
        do {
            return try await body()
        } catch let error where !(error is CancellationError) {
            let delay = backoff.next()
            try whenFailed(error, delay)
            try await Task.sleep(for: delay)
        }
    }
}
