import Quota

/// The database's quota tables in memory: an oracle that gives the same answers, without concurrency.
struct LeaseTable {
    private struct Row {
        let units: Int
        let until: Int
    }

    private struct Key: Hashable {
        let lease: LeaseName
        let holder: LeaseHolder
    }

    /// The units that are used or leased.
    private(set) var used: [QuotaAccount: Int] = [:]
    private var leases: [Key: Row] = [:]
    /// Notices that have not been delivered.
    var notices: [QuotaNotice] = []

    /// Whether the account has a lease that has not expired.
    func hasLease(of account: QuotaAccount, at second: Int) -> Bool {
        leases.contains { $0.key.lease.account == account && $0.value.until > second }
    }

    mutating func acquire(_ request: LeaseRequest, for holder: LeaseHolder, at second: Int) -> LeaseAnswer {
        let account = request.lease.account
        let left = request.limit - used[account, default: 0]
        guard request.needed <= left else {
            let held = leases.filter {
                $0.key.lease.account == account && $0.key.holder != holder && $0.value.until > second
            }.reduce(0) { $0 + $1.value.units }
            if held > 0, request.needed <= left + held { notices.append(.wanted(account)) }
            return .refused(left: left, held: held)
        }
        let granted = min(left, max(request.wanted, min(request.largest, left / request.share)))
        used[account, default: 0] += granted
        if let replaced = request.replacing {
            leases[Key(lease: LeaseName(account: account, serial: replaced), holder: holder)] = nil
        }
        leases[Key(lease: request.lease, holder: holder)] =
            Row(units: request.rest + granted, until: second + request.seconds)
        return .granted(granted, left: left - granted)
    }

    func units(of lease: LeaseName, from holder: LeaseHolder) -> Int? {
        leases[Key(lease: lease, holder: holder)]?.units
    }

    mutating func giveBack(_ rests: [LeaseRest], from holder: LeaseHolder) {
        for rest in rests where leases.removeValue(forKey: Key(lease: rest.lease, holder: holder)) != nil {
            used[rest.lease.account, default: 0] -= rest.units
            if rest.isWanted { notices.append(.returned(rest.lease.account)) }
        }
    }
}
