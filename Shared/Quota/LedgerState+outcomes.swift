internal import Concurrency

/// The outcomes of statements.
extension LedgerState {
    /// The database has answered a demand.
    mutating func acquired(_ answer: LeaseAnswer, for account: QuotaAccount, now: Int64) -> [LedgerReply] {
        running -= 1
        return change(account) { entry, state in
            guard case .acquiring(let attempt) = entry.phase else { return [] }
            entry.phase = .idle
            switch answer {
            case .granted(let units, let left):
                let rest = (entry.lease?.rest ?? 0) + units
                entry.lease = LedgerEntry.Lease(serial: attempt.serial, rest: rest, takenAt: attempt.sentAt)
                (entry.left, entry.refusal) = (left, nil)
                let replies = entry.serve(now: now, leaseTime: state.leaseTime)
                state.rest(&entry, account)
                return replies
            case .refused(let left, let held):
                entry.left = max(0, left)
                return state.refused(&entry, account, attempt, left: max(0, left), held: held, now: now)
            }
        }
    }

    private mutating func refused(
        _ entry: inout LedgerEntry,
        _ account: QuotaAccount,
        _ attempt: LedgerEntry.Attempt,
        left: Int,
        held: Int,
        now: Int64
    ) -> [LedgerReply] {
        guard !entry.hasNews else {
            entry.refusal = nil
            rest(&entry, account)
            return []
        }
        var ends = now + settings.patience.nanoseconds
        if let earlier = entry.refusal, !earlier.isFinal { ends = earlier.ends }
        let isFinal = held == 0 || now >= ends
        let refusal = LedgerEntry.Refusal(
            limit: attempt.limit,
            left: left,
            held: held,
            isFinal: isFinal,
            ends: isFinal ? now + settings.recheckTime.nanoseconds : ends
        )
        entry.refusal = refusal
        var replies = entry.serve(now: now, leaseTime: leaseTime)
        let usable = entry.usable(now: now, leaseTime: leaseTime)
        entry.asks.removeAll { ask in
            guard ask.limit <= attempt.limit, refusal.refuses(ask.units - usable) else { return false }
            replies.append(LedgerReply(ticket: ask.ticket, answer: .refused(remaining: left + usable)))
            return true
        }
        let isParked = !isFinal && !entry.asks.contains { $0.limit > attempt.limit || $0.units - usable <= left }
        if isParked, !entry.asks.isEmpty, !entry.isWanted {
            parked.insert(account)
        } else {
            rest(&entry, account)
        }
        return replies
    }

    /// The lookup of ``Work/resolve(_:)`` has ended; `units` is `nil` if the lease does not exist.
    mutating func resolved(_ units: Int?, for account: QuotaAccount, now: Int64) -> [LedgerReply] {
        running -= 1
        return change(account) { entry, state in
            guard let doubt = entry.doubt else { return [] }
            entry.doubt = nil
            entry.phase = .idle
            if let units {
                let rest = (entry.lease?.rest ?? 0) + units - doubt.rest
                entry.lease = LedgerEntry.Lease(serial: doubt.serial, rest: rest, takenAt: doubt.sentAt)
            }
            let replies = entry.serve(now: now, leaseTime: state.leaseTime)
            state.rest(&entry, account)
            return replies
        }
    }

    /// Leases were given back.
    mutating func returned(_ rests: [LeaseRest]) {
        running -= 1
        for rest in rests {
            change(rest.lease.account) { entry, state in
                (entry.lease, entry.refusal) = (nil, nil)
                entry.left += rest.units
                state.rest(&entry, rest.lease.account)
                return []
            }
        }
    }

    /// A statement has failed; whether it took effect is unknown.
    ///
    /// The lease that was to be replaced stays in use: its units are counted in either case.
    mutating func failed(_ work: Work, now: Int64) -> [LedgerReply] {
        running -= 1
        downUntil = now + settings.recheckTime.nanoseconds
        if isStopped { (acquisitions, returns) = ([], []) }
        switch work {
        case .acquire(let request): return failed(request.lease.account)
        case .resolve(let lease): return failed(lease.account)
        case .giveBack(let rests): return rests.flatMap { failed($0.lease.account) }
        }
    }

    private mutating func failed(_ account: QuotaAccount) -> [LedgerReply] {
        change(account) { entry, state in
            let replies = entry.answerAll(.unavailable)
            switch entry.phase {
            case .acquiring(let attempt):
                entry.doubt = attempt
                entry.phase = .idle
            case .returning where !state.isStopped:
                // Until it is known that the rest was not given back, it must not be used.
                entry.phase = .returnDue
                state.returns.append(account)
            default: entry.phase = .idle
            }
            return replies
        }
    }
}
