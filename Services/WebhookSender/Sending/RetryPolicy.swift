import HTTPClient
import Models
import Persistence

/// Decides what becomes of a delivery after an attempt.
///
/// The pauses have full jitter, so that the deliveries that fail together do not come back together (M. Brooker, "Exponential
/// Backoff and Jitter", AWS Architecture Blog, 2015).
struct RetryPolicy: Sendable {
    /// The longest pause after the first failure.
    let base: Duration
    /// The longest pause.
    let cap: Duration
    /// How long a delivery is retried.
    let lifetime: Duration

    /// What becomes of a delivery whose endpoint has answered.
    ///
    /// - Parameters:
    ///   - claimed: the delivery.
    ///   - answer: the endpoint's answer.
    ///   - now: the time.
    ///   - jitter: a random number in 0..<1.
    /// - Returns: delivered for a status of 200 to 299; any other one is a failure.
    func fate(
        of claimed: ClaimedDelivery,
        _ answer: PostLoop.Answer,
        at now: Timestamp,
        jitter: Double
    ) -> DeliveryOutcome.Fate {
        switch answer.status {
        case 200..<300: .delivered
        case 410: .gone
        default:
            fateOfFailure(claimed, atLeast: .seconds(min(answer.retryAfter, 1 << 20)), at: now, jitter: jitter)
        }
    }

    /// What becomes of a delivery whose attempt failed.
    ///
    /// - Parameters:
    ///   - claimed: the delivery.
    ///   - least: the pause that the endpoint asks for.
    ///   - now: the time.
    ///   - jitter: a random number in 0..<1.
    /// - Returns: a retry after the pause, or dead if that would be too late.
    func fateOfFailure(
        _ claimed: ClaimedDelivery,
        atLeast least: Duration = .zero,
        at now: Timestamp,
        jitter: Double
    ) -> DeliveryOutcome.Fate {
        let longest = min(cap, base * (1 << min(max(Int(claimed.attempt) - 1, 0), 20)))
        let pause = Int64(min(cap, max(least, longest * jitter)) / .microseconds(1))
        let age = now.microseconds - claimed.createdAt.microseconds
        return Double(age + pause) > lifetime / .microseconds(1) ? .dead : .retried(after: pause)
    }
}
