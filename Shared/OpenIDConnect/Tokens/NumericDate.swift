internal import Glibc

/// A time as tokens have it (RFC 7519, section 2): whole seconds since 1970-01-01T00:00:00Z, until the year 9999.
package struct NumericDate: Hashable, Comparable, Sendable {
    /// The seconds.
    package let seconds: Int64

    /// `nil` outside the years 1970…9999, so that no arithmetic overflows.
    package init?(_ seconds: Int64) {
        guard 0...253_402_300_799 ~= seconds else { return nil }
        self.seconds = seconds
    }

    private init(unchecked seconds: Int64) {
        self.seconds = seconds
    }

    /// The current time.
    package static func now() -> NumericDate {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return NumericDate(unchecked: Int64(time.tv_sec))
    }

    /// The seconds from another time to this one; negative if the other one is later.
    package func seconds(since other: NumericDate) -> Int64 {
        seconds - other.seconds
    }

    package static func < (one: NumericDate, other: NumericDate) -> Bool {
        one.seconds < other.seconds
    }
}
