import Glibc

/// A clock that is never set, in nanoseconds; one call and an integer, because each request compares several deadlines.
package enum MonotonicClock {
    /// The current time, in nanoseconds since an unspecified moment.
    package static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

extension Duration {
    /// Whole nanoseconds; at most 146 years, far beyond any deadline.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? (seconds < 0 ? .min : .max) / 2 : product + attoseconds / 1_000_000_000
    }
}
