/// The counters that all replicas share.
///
/// A counter counts a leased unit as used until it is given back. So exactness depends on no clock: a replica that is
/// killed has leased its units, and the limit holds whether it had used them or not.
package protocol LeaseStore: Sendable {
    /// Leases units for an account, and replaces the account's former lease of this holder.
    ///
    /// - Throws: if the database is unavailable; then the lease may exist, see ``units(of:from:)``.
    func acquire(_ request: LeaseRequest, for holder: LeaseHolder) async throws -> LeaseAnswer

    /// Returns the units of a lease, or `nil` if the lease does not exist.
    func units(of lease: LeaseName, from holder: LeaseHolder) async throws -> Int?

    /// Ends leases and gives back the rest of each.
    ///
    /// A lease that does not exist changes nothing, so that the call can be repeated.
    func giveBack(_ rests: [LeaseRest], from holder: LeaseHolder) async throws

    /// Calls `apply` with the notices of other replicas until the task is cancelled.
    func followNotices(_ apply: @Sendable (QuotaNotice) -> Void) async throws
}

/// The number of a process that holds leases; random, and new at each start.
package struct LeaseHolder: Hashable, Sendable {
    /// The number.
    package let number: Int64

    /// A holder with a number.
    package init(number: Int64) {
        self.number = number
    }

    /// A holder that no other process is.
    package static func random() -> LeaseHolder {
        LeaseHolder(number: .random(in: 1...Int64.max))
    }
}

/// A lease of one holder.
package struct LeaseName: Hashable, Sendable {
    /// The client and the day.
    package let account: QuotaAccount
    /// The number that its holder never uses again.
    package let serial: Int64

    /// A lease by account and number.
    package init(account: QuotaAccount, serial: Int64) {
        self.account = account
        self.serial = serial
    }
}

/// A demand for units.
///
/// With `left` units in the account, the lease gets `min(left, max(wanted, min(largest, left / share)))` units, or
/// nothing if `needed > left`.
package struct LeaseRequest: Equatable, Sendable {
    /// The new lease.
    package var lease: LeaseName
    /// The lease that it replaces, if any.
    package var replacing: Int64?
    /// The unused units of the replaced lease, which the new one takes over.
    package var rest: Int
    /// The daily limit.
    package var limit: Int
    /// The units without which the lease is useless, besides `rest`.
    package var needed: Int
    /// The units that all waiting requests need, besides `rest`.
    package var wanted: Int
    /// The largest lease, unless requests want more.
    package var largest: Int
    /// The part of the rest of the limit that one lease takes: 1 / share.
    package var share: Int
    /// How long other replicas may hope for its return, in seconds.
    package var seconds: Int

    package init(
        lease: LeaseName,
        replacing: Int64?,
        rest: Int,
        limit: Int,
        needed: Int,
        wanted: Int,
        largest: Int,
        share: Int,
        seconds: Int
    ) {
        self.lease = lease
        self.replacing = replacing
        self.rest = rest
        self.limit = limit
        self.needed = needed
        self.wanted = wanted
        self.largest = largest
        self.share = share
        self.seconds = seconds
    }
}

/// The answer to a ``LeaseRequest``.
package enum LeaseAnswer: Equatable, Sendable {
    /// The lease has this many units besides the rest that it took over; `left` units are in the account.
    case granted(Int, left: Int)
    /// Too few units are in the account; other replicas hold at most `held`, and are asked to give them back.
    case refused(left: Int, held: Int)
}

/// A lease that ends, with its unused units.
package struct LeaseRest: Equatable, Sendable {
    /// The lease.
    package let lease: LeaseName
    /// The unused units.
    package let units: Int
    /// Whether another replica waits for them, and is notified.
    package let isWanted: Bool

    /// The rest of a lease.
    package init(lease: LeaseName, units: Int, isWanted: Bool) {
        self.lease = lease
        self.units = units
        self.isWanted = isWanted
    }
}

/// A message between replicas.
package enum QuotaNotice: Hashable, Sendable {
    /// A request needs the units that other replicas hold.
    case wanted(QuotaAccount)
    /// A wanted rest was given back.
    case returned(QuotaAccount)
    /// Any notice may have been missed.
    case missed
}
