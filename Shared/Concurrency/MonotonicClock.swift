internal import Glibc

/// A clock that is never set, in nanoseconds; one call and an integer, because each request compares several deadlines.
package enum MonotonicClock {
    /// The current time, in nanoseconds since an unspecified moment.
    package static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
