/// The sizes and times of a ``QuotaLedger``.
package struct LedgerSettings: Sendable {
    /// The number of replicas that lease from the same accounts, for the size of leases only.
    package var replicas = 1
    /// The largest lease in units, unless one request needs more.
    package var largestLease = 500
    /// How long a lease may be used; a replica without the database goes on for at most this time.
    package var leaseTime: Duration = .seconds(60)
    /// The age at which a lease in use is given back.
    package var exchangeAge: Duration = .seconds(45)
    /// The time without requests after which a lease is given back.
    package var idleTime: Duration = .seconds(5)
    /// How long a request waits for units that other replicas hold.
    package var patience: Duration = .seconds(1)
    /// How long a refusal counts without a question to the database, and how long an unavailable database is left alone.
    package var recheckTime: Duration = .seconds(1)
    /// The maximum number of accounts in memory; requests of further clients are unavailable.
    package var maximumAccounts = 100_000
    /// The maximum number of concurrent statements.
    package var statements = 8

    /// The defaults.
    package init() {}

    /// The share of the remaining units that one lease takes: 1 / share.
    var share: Int { 20 * max(1, replicas) }
}
