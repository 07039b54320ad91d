/// The pause before the next attempt: doubled with each failure up to a cap, with jitter, so that many clients do not
/// return at the same moment.
struct Backoff: Sendable {
    var base: Duration = .milliseconds(50)
    var cap: Duration = .seconds(2)

    /// - Parameters:
    ///   - failures: failed attempts so far, at least 1.
    ///   - jitter: a random number in 0..<1.
    /// - Returns: between one half and the whole of base × 2^(failures − 1), at most the cap.
    func delay(afterFailures failures: Int, jitter: Double) -> Duration {
        let whole = min(cap, base * (1 << min(max(failures - 1, 0), 20)))
        return whole * (0.5 + jitter / 2)
    }
}
