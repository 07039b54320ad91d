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
    ///   - jitter: a random number in 0..<1, which only a failure needs.
    /// - Returns: delivered for a status of 200 to 299; any other one is a failure.
    func fate(
        of claimed: ClaimedDelivery,
        _ answer: PostLoop.Answer,
        at now: Timestamp,
        jitter: @autoclosure () -> Double
    ) -> DeliveryOutcome.Fate {
        switch answer.status {
        case 200..<300: .delivered
        case 410: .gone
        default:
            fateOfFailure(claimed, atLeast: .seconds(min(answer.retryAfter, 1 << 20)), at: now, jitter: jitter())
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
        let pause = pause(after: claimed.attempt, atLeast: least, jitter: jitter)
        let age = now.microseconds - claimed.createdAt.microseconds
        return Double(age + pause) > lifetime / .microseconds(1) ? .dead : .retried(after: pause)
    }

    /// The pause after a failed attempt, in microseconds.
    ///
    /// - Parameters:
    ///   - attempt: the number of the attempt, from 1.
    ///   - least: the pause that the endpoint asks for.
    ///   - jitter: a random number in 0..<1.
    /// - Returns: at most ``cap``.
    func pause(after attempt: Int32, atLeast least: Duration, jitter: Double) -> Int64 {
        let longest = min(cap, base * (1 << min(max(Int(attempt) - 1, 0), 20)))
        return Int64(min(cap, max(least, longest * jitter)) / .microseconds(1))
    }
}
