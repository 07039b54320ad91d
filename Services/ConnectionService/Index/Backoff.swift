/// How long to wait before something is tried again: twice as long each time, within bounds, never the same for two.
struct Backoff {
    private var failures = 0

    /// The next pause.
    mutating func next() -> Duration {
        defer { failures = min(failures + 1, 7) }
        return .milliseconds(50 << failures) * Double.random(in: 0.5...1)
    }
}
