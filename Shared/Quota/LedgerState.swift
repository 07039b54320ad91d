internal import Concurrency

/// The accounts of one replica: pure logic, without a clock, a database or tasks.
///
/// Events return the replies to waiting requests; ``nextWork(now:)`` returns the statements that are due. Times are
/// nanoseconds of a monotonic clock. Each event is O(requests that wait for the account).
struct LedgerState: Sendable {
    /// A statement that is due.
    enum Work: Equatable, Sendable {
        case acquire(LeaseRequest)
        /// Looks up whether a lease exists.
        case resolve(LeaseName)
        case giveBack([LeaseRest])
    }

    /// The maximum number of leases that one statement gives back.
    static let returnBatch = 500
    /// The maximum number of accounts that one sweep looks at.
    static let sweepBatch = 4_000

    let settings: LedgerSettings
    let leaseTime: Int64
    var entries: [QuotaAccount: LedgerEntry] = [:]
    /// No further request is admitted.
    var isStopped = false
    /// Statements on their way.
    var running = 0
    private var serials: Int64 = 0
    /// The database was unavailable, and is left alone until then.
    var downUntil = Int64.min
    var acquisitions: [QuotaAccount] = []
    var returns: [QuotaAccount] = []
    /// Accounts with requests that wait for units of other replicas.
    var parked: Set<QuotaAccount> = []
    /// All accounts, for the sweep.
    var ring: [QuotaAccount] = []
    var hand = 0

    init(settings: LedgerSettings) {
        self.settings = settings
        leaseTime = settings.leaseTime.nanoseconds
    }

    /// Whether all statements have ended, and no further one is due.
    var isSettled: Bool { running == 0 && !hasWork }
    /// Whether a statement is due, perhaps once the database is available again.
    var hasWork: Bool { !acquisitions.isEmpty || !returns.isEmpty }

    /// Answers a request from memory; `nil` if it has to wait, see ``enqueue(_:ticket:for:limit:now:)``.
    mutating func take(_ units: Int, of account: QuotaAccount, limit: Int, now: Int64) -> LedgerAnswer? {
        if isStopped { return .unavailable }
        if let index = entries.index(forKey: account) {
            return entries.values[index].take(
                units,
                limit: limit,
                now: now,
                leaseTime: leaseTime,
                isDown: now < downUntil
            )
        }
        guard now >= downUntil, entries.count < settings.maximumAccounts else { return .unavailable }
        entries[account] = LedgerEntry(lastUsed: now)
        ring.append(account)
        return nil
    }

    /// Lets a request wait that ``take(_:of:limit:now:)`` could not answer.
    mutating func enqueue(_ units: Int, ticket: Int, for account: QuotaAccount, limit: Int, now: Int64) {
        change(account) { entry, state in
            entry.asks.append(LedgerEntry.Ask(ticket: ticket, units: units, limit: limit))
            guard entry.phase == .idle else { return [] }
            if let refusal = entry.refusal, refusal.applies(to: limit, now: now),
                units - entry.usable(now: now, leaseTime: state.leaseTime) > refusal.left
            {
                state.parked.insert(account)
            } else {
                state.queue(&entry, account)
            }
            return []
        }
    }

    /// Removes a waiting request; returns whether it was still waiting.
    mutating func cancel(ticket: Int, for account: QuotaAccount) -> Bool {
        guard let index = entries[account]?.asks.firstIndex(where: { $0.ticket == ticket }) else { return false }
        entries[account]?.asks.remove(at: index)
        return true
    }

    /// Removes and returns the next statement that is due; `nil` without one.
    ///
    /// Its outcome has to be reported once.
    mutating func nextWork(now: Int64) -> Work? {
        while !acquisitions.isEmpty {
            let account = acquisitions.removeFirst()
            if let work = beginAcquisition(account, now: now) {
                running += 1
                return work
            }
        }
        guard !returns.isEmpty, isStopped || now >= downUntil else { return nil }
        let accounts = returns.prefix(Self.returnBatch)
        returns.removeFirst(accounts.count)
        running += 1
        return .giveBack(accounts.compactMap { beginReturn($0) })
    }

    private mutating func beginAcquisition(_ account: QuotaAccount, now: Int64) -> Work? {
        var work: Work?
        change(account) { entry, state in
            if let doubt = entry.doubt {
                entry.phase = .resolving
                work = .resolve(LeaseName(account: account, serial: doubt.serial))
                return []
            }
            guard let limit = entry.asks.map(\.limit).max(), let least = entry.asks.map(\.units).min() else {
                state.rest(&entry, account)
                return []
            }
            let rest = entry.lease?.rest ?? 0
            let all = entry.asks.reduce(0) { $0.addingReportingOverflow($1.units).partialValue }
            state.serials += 1
            let attempt = LedgerEntry.Attempt(serial: state.serials, rest: rest, limit: limit, sentAt: now)
            entry.phase = .acquiring(attempt)
            entry.hasNews = false
            work = .acquire(
                LeaseRequest(
                    lease: LeaseName(account: account, serial: attempt.serial),
                    replacing: entry.lease?.serial,
                    rest: rest,
                    limit: limit,
                    needed: max(0, least - rest),
                    wanted: max(0, all - rest),
                    largest: state.settings.largestLease,
                    share: state.settings.share,
                    seconds: Int(state.leaseTime / 1_000_000_000)
                )
            )
            return []
        }
        return work
    }

    private mutating func beginReturn(_ account: QuotaAccount) -> LeaseRest? {
        guard let entry = entries[account], let lease = entry.lease else { return nil }
        entries[account]?.phase = .returning
        let name = LeaseName(account: account, serial: lease.serial)
        return LeaseRest(lease: name, units: lease.rest, isWanted: entry.isWanted)
    }
}

extension LedgerState {
    /// Changes an account in place; unknown accounts are ignored.
    @discardableResult
    mutating func change(
        _ account: QuotaAccount,
        _ body: (inout LedgerEntry, inout LedgerState) -> [LedgerReply]
    ) -> [LedgerReply] {
        guard var entry = entries[account] else { return [] }
        let replies = body(&entry, &self)
        entries[account] = entry
        return replies
    }

    mutating func queue(_ entry: inout LedgerEntry, _ account: QuotaAccount) {
        entry.phase = .queued
        parked.remove(account)
        acquisitions.append(account)
    }

    /// Decides what follows when no statement about the account is on its way.
    mutating func rest(_ entry: inout LedgerEntry, _ account: QuotaAccount) {
        entry.phase = .idle
        if entry.isWanted || isStopped {
            if entry.doubt != nil { return queue(&entry, account) }
            if entry.lease != nil {
                entry.phase = .returnDue
                returns.append(account)
                return
            }
        }
        if entry.lease == nil { entry.isWanted = false }
        if !entry.asks.isEmpty { queue(&entry, account) }
    }
}
