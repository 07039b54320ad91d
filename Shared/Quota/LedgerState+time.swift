internal import Concurrency

/// News of other replicas, and the passing of time.
extension LedgerState {
    /// A notice of another replica, or of this one.
    mutating func note(_ notice: QuotaNotice) {
        switch notice {
        case .wanted(let account):
            change(account) { entry, state in
                entry.isWanted = true
                if entry.phase == .idle { state.rest(&entry, account) }
                return []
            }
        case .returned(let account):
            change(account) { entry, state in
                entry.refusal = nil
                entry.hasNews = true
                if entry.phase == .idle, !entry.asks.isEmpty { state.queue(&entry, account) }
                return []
            }
        case .missed: retryParked()
        }
    }

    /// Lets requests that wait for other replicas try again, and gives back what is idle or old.
    mutating func tick(now: Int64) {
        retryParked()
        sweep(now: now)
    }

    private mutating func retryParked() {
        for account in parked {
            change(account) { entry, state in
                if entry.phase == .idle, !entry.asks.isEmpty { state.queue(&entry, account) }
                return []
            }
        }
        parked = []
    }

    /// Looks at the next ``sweepBatch`` accounts.
    private mutating func sweep(now: Int64) {
        let isCrowded = entries.count > settings.maximumAccounts / 2
        let idleTime = isCrowded ? settings.idleTime.nanoseconds / 5 : settings.idleTime.nanoseconds
        for _ in 0..<min(Self.sweepBatch, ring.count) {
            if hand >= ring.count { hand = 0 }
            let account = ring[hand]
            guard let entry = entries[account], entry.phase == .idle, entry.asks.isEmpty else {
                hand += 1
                continue
            }
            let isIdle = now - entry.lastUsed >= idleTime
            if let takenAt = entry.lease?.takenAt ?? entry.doubt?.sentAt {
                if isIdle || now - takenAt >= settings.exchangeAge.nanoseconds { settle(account) }
                hand += 1
            } else if isIdle {
                entries[account] = nil
                ring.swapAt(hand, ring.count - 1)
                ring.removeLast()
            } else {
                hand += 1
            }
        }
    }

    /// Makes the lease of an idle account due for its return, or the lookup of an unknown outcome due.
    private mutating func settle(_ account: QuotaAccount) {
        change(account) { entry, state in
            if entry.doubt != nil {
                state.queue(&entry, account)
            } else {
                entry.phase = .returnDue
                state.returns.append(account)
            }
            return []
        }
    }

    /// Refuses all further requests, and makes all leases due for their return.
    mutating func stop() -> [LedgerReply] {
        isStopped = true
        var replies: [LedgerReply] = []
        for account in Array(entries.keys) {
            replies += change(account) { entry, state in
                let replies = entry.answerAll(.unavailable)
                if entry.phase == .idle { state.rest(&entry, account) }
                return replies
            }
        }
        return replies
    }
}
