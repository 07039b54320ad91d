/// Limits the rate of log lines, and counts the suppressed ones.
///
/// Clients can cause any number of lines about their mistakes.
struct SparseLog {
    /// In nanoseconds.
    private let interval: Int64
    private var next: Int64 = .min
    private var omitted = 0

    init(interval: Int64) {
        self.interval = interval
    }

    /// Notes a line.
    ///
    /// - Parameter now: by `MonotonicClock`.
    /// - Returns: the number of suppressed lines since the last one, if this line must be written.
    mutating func admit(at now: Int64) -> Int? {
        guard now >= next else {
            omitted += 1
            return nil
        }
        next = now + interval
        defer { omitted = 0 }
        return omitted
    }
}
