internal import Concurrency
package import Models
package import Observability
internal import Synchronization

/// The daily limits of clients, exact across replicas.
///
/// Replicas lease units from counters in the database, and admit requests from their leases without a statement.
/// Leases become smaller as an account runs out, so that a replica holds few units that others need. Before a replica
/// refuses a request, it asks the others to give back their unused units.
///
/// For each account and day, the admitted units never exceed the limit. They reach it if clients ask for enough and no
/// replica is killed. A killed replica loses at most its lease: the database cannot know how many of the leased units
/// it had used, so all of them count as used.
///
/// A changed limit applies from the next lease on. An admission from memory takes less than a microsecond.
package final class QuotaLedger: Sendable {
    typealias Reply = CheckedContinuation<LedgerAnswer?, Never>

    struct State {
        var ledger: LedgerState
        var tickets = 0
        var waiting: [Int: Reply] = [:]
        /// Tasks that wait for a statement to run.
        var workers = WaitList<LedgerState.Work>()
        var stopping = WaitList<Void>()
    }

    let store: any LeaseStore
    let holder: LeaseHolder
    let settings: LedgerSettings
    let logger: Logger
    let clock: @Sendable () -> Int64
    let state: Mutex<State>
    let statements: Counter
    let failures: Counter

    /// A ledger that answers while ``run()`` runs.
    ///
    /// - Parameters:
    ///   - store: the counters.
    ///   - settings: sizes and times.
    ///   - logger: logs an unavailable database.
    ///   - metrics: gets counters of units and statements.
    ///   - clock: a monotonic clock, in nanoseconds.
    package init(
        store: any LeaseStore,
        settings: LedgerSettings = LedgerSettings(),
        logger: Logger,
        metrics: MetricsRegistry = MetricsRegistry(),
        clock: @escaping @Sendable () -> Int64 = MonotonicClock.now
    ) {
        self.store = store
        self.settings = settings
        self.logger = logger
        self.clock = clock
        holder = .random()
        state = Mutex(State(ledger: LedgerState(settings: settings)))
        statements = metrics.counter("quota_statements_total", "Statements for leases of daily limits.")
        failures = metrics.counter("quota_statement_failures_total", "Failed statements for leases of daily limits.")
    }

    /// The number of requests that wait.
    var waiting: Int { state.withLock { $0.waiting.count } }
    /// The number of accounts in memory.
    package var accounts: Int { state.withLock { $0.ledger.entries.count } }

    /// Counts units of a client, if its daily limit allows them.
    ///
    /// The ledger asks the database only if the lease has too few units; waiting requests of the same client share the
    /// statement. A request waits at most ``LedgerSettings/patience`` for units that other replicas hold.
    ///
    /// - Parameters:
    ///   - units: at least 1.
    ///   - client: the client that pays.
    ///   - limit: the units a day; the same for all requests of a client, except while it changes.
    ///   - day: the day that the units count for.
    ///   - now: the current time, for ``QuotaStanding/secondsToReset``.
    /// - Returns: the verdict; refused and unavailable requests cost nothing.
    /// - Throws: `CancellationError` if the task was cancelled while it waited; then no units are counted.
    package func take(
        _ units: Int,
        of client: QuotaClient,
        limit: Int,
        on day: QuotaDay,
        now: Timestamp
    ) async throws -> QuotaVerdict {
        let account = QuotaAccount(client: client, daysSince1970: Int32(clamping: day.date.daysSince1970))
        guard let answer = await answer(max(1, units), account, limit) else { throw CancellationError() }
        let seconds = day.secondsToEnd(from: now)
        switch answer {
        case .admitted(let remaining):
            return .admitted(QuotaStanding(remaining: remaining, secondsToReset: seconds))
        case .refused(let remaining):
            return .refused(QuotaStanding(remaining: remaining, secondsToReset: seconds))
        case .unavailable: return .unavailable
        }
    }

    private func answer(_ units: Int, _ account: QuotaAccount, _ limit: Int) async -> LedgerAnswer? {
        let now = clock()
        let (early, ticket) = state.withLock { state -> (LedgerAnswer?, Int) in
            if let answer = state.ledger.take(units, of: account, limit: limit, now: now) { return (answer, 0) }
            state.tickets += 1
            return (nil, state.tickets)
        }
        if let early { return early }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { (reply: Reply) in
                let (late, waits) = state.withLock { state -> (LedgerAnswer?, Bool) in
                    if Task.isCancelled { return (nil, false) }
                    if let answer = state.ledger.take(units, of: account, limit: limit, now: now) {
                        return (answer, false)
                    }
                    state.waiting[ticket] = reply
                    state.ledger.enqueue(units, ticket: ticket, for: account, limit: limit, now: now)
                    return (nil, true)
                }
                if waits { update { _, _ in [] } } else { reply.resume(returning: late) }
            }
        } onCancel: {
            let reply = state.withLock { state -> Reply? in
                guard state.ledger.cancel(ticket: ticket, for: account) else { return nil }
                return state.waiting.removeValue(forKey: ticket)
            }
            reply?.resume(returning: nil)
        }
    }

    /// Applies an event, resumes the answered requests, and hands the due statements to waiting workers.
    func update(_ event: (inout LedgerState, _ now: Int64) -> [LedgerReply]) {
        let now = clock()
        var answered: [(Reply, LedgerAnswer)] = []
        var started: [(WaitList<LedgerState.Work>.Waiter, LedgerState.Work)] = []
        var stoppers: [WaitList<Void>.Waiter] = []
        state.withLock { state in
            for reply in event(&state.ledger, now) {
                guard let waiting = state.waiting.removeValue(forKey: reply.ticket) else { continue }
                answered.append((waiting, reply.answer))
            }
            while !state.workers.isEmpty, let work = state.ledger.nextWork(now: now),
                let worker = state.workers.takeFirst()
            {
                started.append((worker, work))
            }
            stoppers = state.stopping.takeAll()
        }
        for (waiting, answer) in answered { waiting.resume(returning: answer) }
        for (worker, work) in started { worker.resume(returning: work) }
        for stopper in stoppers { stopper.resume() }
    }
}
