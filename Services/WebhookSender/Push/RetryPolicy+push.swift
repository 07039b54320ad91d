import HTTPClient
import Models
import Persistence

extension RetryPolicy {
    /// What becomes of a push message whose push service has answered.
    ///
    /// - Parameters:
    ///   - claimed: the message.
    ///   - answer: the push service's answer.
    ///   - now: the time.
    ///   - jitter: a random number in 0..<1.
    /// - Returns: gone for 404 and 410 (RFC 8030, section 7.3); a retry for 429 and failures of the push service; else dropped,
    ///   because the same request would be refused again.
    func fate(of claimed: ClaimedPush, _ answer: PostLoop.Answer, at now: Timestamp, jitter: Double) -> PushFate {
        switch answer.status {
        case 200..<300: .sent
        case 404, 410: .gone
        case 408, 429, 500...:
            fateOfFailure(claimed, atLeast: .seconds(min(answer.retryAfter, 1 << 20)), at: now, jitter: jitter)
        default: .dropped
        }
    }

    /// What becomes of a push message whose attempt failed: a retry after the pause, unless it expires before.
    func fateOfFailure(
        _ claimed: ClaimedPush,
        atLeast least: Duration = .zero,
        at now: Timestamp,
        jitter: Double
    ) -> PushFate {
        let pause = pause(after: claimed.attempt, atLeast: least, jitter: jitter)
        return now.microseconds + pause < claimed.expiresAt.microseconds ? .retried(after: pause) : .dropped
    }
}
