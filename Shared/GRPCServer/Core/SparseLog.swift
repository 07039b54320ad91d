/// Which of many log lines are written: one in a while, with the number of those that were left out.
///
/// A client decides how often a line comes that tells of its mistakes.
struct SparseLog {
    /// In nanoseconds.
    private let interval: Int64
    private var next: Int64 = .min
    private var omitted = 0

    init(interval: Int64) {
        self.interval = interval
    }

    /// A line has come.
    ///
    /// - Parameter now: by `MonotonicClock`.
    /// - Returns: if it is to be written, how many were left out since the last that was.
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
