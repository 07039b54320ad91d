import CGRPC
import Glibc

/// Nanoseconds of a clock that nobody sets.
enum MonotonicClock {
    /// Now, in nanoseconds since some moment.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

extension Duration {
    /// Whole nanoseconds; at most 146 years, far beyond any deadline.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? (seconds < 0 ? .min : .max) / 2 : product + attoseconds / 1_000_000_000
    }

    /// As the core takes times.
    var milliseconds: Int32 {
        Int32(clamping: nanoseconds / 1_000_000)
    }
}
