/// Whether a request is within its client's daily limit.
package enum QuotaVerdict: Equatable, Sendable {
    /// The units are counted.
    case admitted(QuotaStanding)
    /// The units exceed the limit, and are not counted.
    case refused(QuotaStanding)
    /// The database cannot be reached, and this replica's lease does not suffice.
    case unavailable
}

/// How much of a daily limit is left.
package struct QuotaStanding: Equatable, Sendable {
    /// The units that are left at this replica and in the database; units leased by other replicas are not included.
    package let remaining: Int
    /// The seconds until the next day, rounded up.
    package let secondsToReset: Int

    /// The remaining units, and the seconds until the next day.
    package init(remaining: Int, secondsToReset: Int) {
        self.remaining = remaining
        self.secondsToReset = secondsToReset
    }
}
