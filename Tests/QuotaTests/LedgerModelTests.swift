import Simulation
import Testing

@testable import Quota

/// Random operations of several replicas against an oracle that counts what was admitted.
@Suite struct LedgerModelTests {
    @Test(arguments: 0..<15)
    func admitsExactlyTheLimit(seed: Int) {
        var model = Model(seed: seed, mayKill: false)
        for _ in 0..<4_000 { model.step() }
        model.drain()
        for account in model.accounts {
            #expect(model.admitted[account, default: 0] == model.limits[account], "seed \(seed)")
        }
    }

    @Test(arguments: 0..<15)
    func neverAdmitsMoreThoughReplicasAreKilled(seed: Int) {
        var model = Model(seed: seed, mayKill: true)
        for _ in 0..<4_000 { model.step() }
        model.drain()
        for account in model.accounts {
            // What was not admitted, killed replicas had leased.
            let missing = (model.limits[account] ?? 0) - model.admitted[account, default: 0]
            #expect((0...model.lost[account, default: 0]).contains(missing), "seed \(seed)")
        }
    }
}

/// Replicas whose statements and notices arrive at random times, or are lost.
private struct Model {
    private struct Replica {
        var holder: LeaseHolder
        var ledger: LedgerState
        /// Statements that have not reached the database.
        var sent: [LedgerState.Work] = []
        var waiting: [Int: (account: QuotaAccount, units: Int)] = [:]
        var notices: [QuotaNotice] = []
    }

    private var random: Xoshiro256
    private var table = LeaseTable()
    private var replicas: [Replica]
    private var now: Int64 = 0
    private var tickets = 0
    private var holders: Int64 = 0
    private let mayKill: Bool
    let accounts: [QuotaAccount]
    private(set) var limits: [QuotaAccount: Int] = [:]
    private(set) var admitted: [QuotaAccount: Int] = [:]
    /// The units that killed replicas held, at most.
    private(set) var lost: [QuotaAccount: Int] = [:]

    init(seed: Int, mayKill: Bool) {
        random = Xoshiro256(seed: UInt64(seed))
        self.mayKill = mayKill
        // The same clients on two days.
        accounts = (0..<6).compactMap { index in
            QuotaClient("key:\(index / 2)").map { QuotaAccount(client: $0, daysSince1970: Int32(20_000 + index % 2)) }
        }
        for account in accounts { limits[account] = random.integer(in: 1...3_000) }
        replicas = []
        for _ in 0..<4 { replicas.append(newReplica()) }
    }

    private mutating func newReplica() -> Replica {
        holders += 1
        var settings = LedgerSettings()
        settings.replicas = 4
        settings.largestLease = 50
        return Replica(holder: LeaseHolder(number: holders), ledger: LedgerState(settings: settings))
    }

    private var second: Int { Int(now / 1_000_000_000) }

    mutating func step() {
        let index = random.integer(below: replicas.count)
        switch random.integer(below: 100) {
        case 0..<50: take(index, random.integer(below: 8) == 0 ? random.integer(in: 1...40) : 1)
        case 50..<80: deliver(index, canFail: true)
        case 80..<88: notify(index)
        case 88..<93: replicas[index].ledger.tick(now: now)
        case 93..<97: now += Int64(random.integer(below: 4)) * 500_000_000
        case 97..<98: cancel(index)
        default: if mayKill, random.chance(0.05) { kill(index) }
        }
        check()
    }

    private mutating func take(_ index: Int, _ units: Int) {
        guard let account = random.element(of: accounts), let limit = limits[account] else { return }
        if let answer = replicas[index].ledger.take(units, of: account, limit: limit, now: now) {
            if case .admitted = answer { admitted[account, default: 0] += units }
            return
        }
        tickets += 1
        replicas[index].waiting[tickets] = (account, units)
        replicas[index].ledger.enqueue(units, ticket: tickets, for: account, limit: limit, now: now)
    }

    private mutating func cancel(_ index: Int) {
        guard let (ticket, ask) = replicas[index].waiting.min(by: { $0.key < $1.key }) else { return }
        let isCancelled = replicas[index].ledger.cancel(ticket: ticket, for: ask.account)
        #expect(isCancelled)
        replicas[index].waiting[ticket] = nil
    }

    private mutating func deliver(_ index: Int, canFail: Bool) {
        while let work = replicas[index].ledger.nextWork(now: now) { replicas[index].sent.append(work) }
        guard !replicas[index].sent.isEmpty else { return }
        let work = replicas[index].sent.remove(at: random.integer(below: replicas[index].sent.count))
        let fate = canFail ? random.integer(below: 40) : 2
        // Lost before the statement or after it.
        let holder = replicas[index].holder
        var replies: [LedgerReply] = []
        if fate != 0 {
            switch work {
            case .acquire(let request):
                let answer = table.acquire(request, for: holder, at: second)
                if fate > 1 {
                    replies = replicas[index].ledger.acquired(answer, for: request.lease.account, now: now)
                }
            case .resolve(let lease):
                let units = table.units(of: lease, from: holder)
                if fate > 1 { replies = replicas[index].ledger.resolved(units, for: lease.account, now: now) }
            case .giveBack(let rests):
                table.giveBack(rests, from: holder)
                if fate > 1 { replicas[index].ledger.returned(rests) }
            }
        }
        if fate <= 1 { replies = replicas[index].ledger.failed(work, now: now) }
        for reply in replies {
            guard let ask = replicas[index].waiting.removeValue(forKey: reply.ticket) else {
                Issue.record("a request was answered twice")
                continue
            }
            if case .admitted = reply.answer { admitted[ask.account, default: 0] += ask.units }
        }
        for notice in table.notices {
            for other in replicas.indices { replicas[other].notices.append(notice) }
        }
        table.notices = []
    }

    private mutating func notify(_ index: Int) {
        guard !replicas[index].notices.isEmpty else { return }
        let notice = replicas[index].notices.removeFirst()
        // Some are lost.
        replicas[index].ledger.note(random.chance(0.1) ? .missed : notice)
    }

    private mutating func kill(_ index: Int) {
        for (account, entry) in replicas[index].ledger.entries {
            var units = entry.lease?.rest ?? 0
            if let doubt = entry.doubt { units += table.granted(doubt, account, replicas[index].holder) }
            lost[account, default: 0] += units
        }
        // Statements that are on their way may take effect without it.
        for case .acquire(let request) in replicas[index].sent where random.chance(0.5) {
            let answer = table.acquire(request, for: replicas[index].holder, at: second)
            if case .granted(let units, _) = answer { lost[request.lease.account, default: 0] += units }
        }
        replicas[index] = newReplica()
    }

    /// Nothing fails any more, and clients ask for single units until all replicas refuse.
    mutating func drain() {
        for _ in 0..<200 {
            for index in replicas.indices {
                for account in accounts {
                    guard let limit = limits[account] else { continue }
                    for _ in 0..<40 {
                        guard
                            let answer = replicas[index].ledger.take(1, of: account, limit: limit, now: now)
                        else {
                            tickets += 1
                            replicas[index].waiting[tickets] = (account, 1)
                            replicas[index].ledger.enqueue(1, ticket: tickets, for: account, limit: limit, now: now)
                            break
                        }
                        guard case .admitted = answer else { break }
                        admitted[account, default: 0] += 1
                    }
                }
                for _ in 0..<20 { deliver(index, canFail: false) }
                while !replicas[index].notices.isEmpty { notify(index) }
                for _ in 0..<20 { deliver(index, canFail: false) }
                replicas[index].ledger.tick(now: now)
            }
            now += 1_000_000_000
            check()
        }
        #expect(replicas.allSatisfy { $0.waiting.isEmpty }, "a request was never answered")
    }

    private func check() {
        for account in accounts {
            let used = table.used[account, default: 0]
            guard used > limits[account] ?? 0 || admitted[account, default: 0] > used else { continue }
            Issue.record("admitted \(admitted[account, default: 0]), counted \(used) of \(limits[account] ?? 0)")
        }
    }
}

extension LeaseTable {
    /// The units that an attempt has got, if it took effect.
    fileprivate func granted(_ attempt: LedgerEntry.Attempt, _ account: QuotaAccount, _ holder: LeaseHolder) -> Int {
        units(of: LeaseName(account: account, serial: attempt.serial), from: holder).map { $0 - attempt.rest } ?? 0
    }
}
