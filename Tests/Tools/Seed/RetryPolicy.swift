/// How often and after which pauses a request is retried.
struct RetryPolicy: Sendable {
    /// The maximum number of attempts.
    var attempts = 12
    /// The pause before the second attempt; it doubles each time.
    var firstPause = Duration.milliseconds(200)
    /// The longest pause.
    var longestPause = Duration.seconds(20)

    /// The pause after a failed attempt.
    ///
    /// - Parameters:
    ///   - attempt: the number of the attempt, from 1.
    ///   - retryAfter: the server's `Retry-After`, the minimum pause.
    ///   - jitter: a random number in 0..<1, which spreads clients that failed together.
    /// - Returns: the pause; `nil` after the last attempt.
    func pause(after attempt: Int, retryAfter: Duration?, jitter: Double) -> Duration? {
        guard attempt < attempts else { return nil }
        let doubled = firstPause * (1 << min(attempt - 1, 20))
        let pause = min(doubled, longestPause) * (0.5 + jitter / 2)
        return max(pause, retryAfter ?? .zero)
    }
}
