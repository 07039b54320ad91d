/// How often, and after what pauses, a request is sent again.
struct RetryPolicy: Sendable {
    /// Sendings in all.
    var attempts = 12
    /// The pause before the second sending; it doubles each time.
    var firstPause = Duration.milliseconds(200)
    /// The longest pause.
    var longestPause = Duration.seconds(20)

    /// How long to wait behind a sending that failed.
    ///
    /// - Parameters:
    ///   - attempt: the sending's number, from 1.
    ///   - retryAfter: what the server asks for, which is never undercut.
    ///   - jitter: a number in 0..<1, which spreads clients that failed together.
    /// - Returns: the pause; `nil` once there have been enough sendings.
    func pause(after attempt: Int, retryAfter: Duration?, jitter: Double) -> Duration? {
        guard attempt < attempts else { return nil }
        let doubled = firstPause * (1 << min(attempt - 1, 20))
        let pause = min(doubled, longestPause) * (0.5 + jitter / 2)
        return max(pause, retryAfter ?? .zero)
    }
}
