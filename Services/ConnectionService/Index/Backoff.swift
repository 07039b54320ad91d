/// The pause before a retry: doubles each time, within bounds, with random jitter.
struct Backoff {
    private var failures = 0

    /// The next pause.
    mutating func next() -> Duration {
        defer { failures = min(failures + 1, 7) }
        return .milliseconds(50 << failures) * Double.random(in: 0.5...1)
    }
}
