internal import Concurrency
internal import Observability
internal import Synchronization

/// The statements of a ledger.
extension QuotaLedger {
    /// Runs statements until the task is cancelled.
    ///
    /// Cancel it after ``stop()``; otherwise the units of all leases are lost for their day.
    ///
    /// - Throws: `CancellationError`.
    package func run() async throws {
        defer { update { ledger, _ in ledger.stop() } }
        try await withThrowingDiscardingTaskGroup { group in
            for _ in 0..<settings.statements {
                group.addTask { await self.work() }
            }
            group.addTask {
                try await self.store.followNotices { notice in
                    self.update { ledger, _ in
                        ledger.note(notice)
                        return []
                    }
                }
            }
            while true {
                try await Task.sleep(for: .milliseconds(250))
                tick()
            }
        }
    }

    /// Gives back what is idle or old, and asks again for requests that wait for other replicas; ``run()`` calls it.
    func tick() {
        update { ledger, now in
            ledger.tick(now: now)
            return []
        }
    }

    /// Refuses further requests and gives back all leases.
    ///
    /// It returns after the last statement, or after the first one that fails.
    package func stop() async {
        update { ledger, _ in ledger.stop() }
        while true {
            while let work = state.withLock({ $0.ledger.nextWork(now: clock()) }) { await perform(work) }
            guard state.withLock({ !$0.ledger.isSettled }) else { return }
            _ = await state.wait(in: \.stopping) { $0.ledger.running == 0 || $0.ledger.hasWork ? () : nil }
        }
    }

    private func work() async {
        let clock = clock
        while !Task.isCancelled,
            let work = await state.wait(in: \.workers, unless: { $0.ledger.nextWork(now: clock()) })
        {
            await perform(work)
        }
    }

    private func perform(_ work: LedgerState.Work) async {
        statements.increment()
        do {
            switch work {
            case .acquire(let request):
                let answer = try await store.acquire(request, for: holder)
                update { $0.acquired(answer, for: request.lease.account, now: $1) }
            case .resolve(let lease):
                let units = try await store.units(of: lease, from: holder)
                update { $0.resolved(units, for: lease.account, now: $1) }
            case .giveBack(let rests):
                try await store.giveBack(rests, from: holder)
                update { ledger, _ in
                    ledger.returned(rests)
                    return []
                }
            }
        } catch {
            failures.increment()
            if !(error is CancellationError) { logger.warning("Could not lease units of daily limits", error: error) }
            update { $0.failed(work, now: $1) }
        }
    }
}
