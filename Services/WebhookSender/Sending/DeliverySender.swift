import Concurrency
import Credentials
import HTTPClient
import Models
import Observability
import Persistence
import Synchronization

/// Claims deliveries and sends them, many at a time.
///
/// Endpoints that answer fast get whole batches; others get a few deliveries. It keeps nothing that the database does not have:
/// if the process is killed, its claims end and other senders repeat them.
final class DeliverySender: Sendable {
    private struct State {
        var shares: EndpointShares
        var inProgress: [Int64: ClaimedDelivery] = [:]
        /// Batches of which attempts are in progress, and the outcomes of the others.
        var batches: [Int64: BatchOutcome] = [:]
        var outcomes: [DeliveryOutcome] = []
        var finished: [BatchOutcome] = []
        /// Whether events were dispatched since the last claim.
        var hasNews = false
        var isStopping = false
        /// Whether the last outcomes are recorded.
        var isDone = false
        /// The loop, which waits for an outcome, for dispatched events or for the end.
        var loop = WaitList<Void>()
        /// Who waits for the end of the loop.
        var ends = WaitList<Void>()

        var isRecorded: Bool { outcomes.isEmpty && finished.isEmpty }
        /// Whether no attempt is in progress, and all outcomes are recorded.
        var isOver: Bool { isRecorded && inProgress.isEmpty && batches.isEmpty }
    }

    private let store: DeliveryStore
    private let posts: PostLoop
    private let box: SecretBox
    private let retries: RetryPolicy
    private let logger: Logger
    private let counters: [DeliveryOutcome.Kind: Counter]
    private let state: Mutex<State>

    /// The time between two polls while no delivery is due.
    private static let pollInterval = Duration.milliseconds(250)
    /// How long attempts in progress may go on after ``stop()``.
    private static let drainTime = Duration.seconds(10)

    init(
        _ store: DeliveryStore,
        _ posts: PostLoop,
        _ box: SecretBox,
        _ retries: RetryPolicy,
        concurrency: Int,
        logger: Logger,
        metrics: MetricsRegistry
    ) {
        self.store = store
        self.posts = posts
        self.box = box
        self.retries = retries
        self.logger = logger
        state = Mutex(State(shares: EndpointShares(maximum: concurrency)))
        counters = Dictionary(
            uniqueKeysWithValues: DeliveryOutcome.Kind.allCases.map { kind in
                let labels = [("outcome", kind.rawValue)]
                return (kind, metrics.counter("webhook_attempts_total", "Attempts of deliveries.", labels: labels))
            }
        )
    }

    /// Sends until ``stop()``; then ends attempts in progress and records their outcomes.
    func run() async throws {
        var backoff = Backoff(base: .milliseconds(100))
        // When rows are claimed next: at once after a claim that found some, after their outcomes or with news, else with the next poll.
        var nextRows = ContinuousClock.now
        while true {
            do {
                if try await record() { nextRows = .now }
                let (isStopping, isOver, hasNews) = state.withLock { state in
                    defer { state.hasNews = false }
                    return (state.isStopping, state.isOver, state.hasNews)
                }
                if isStopping, isOver { break }
                var isWorking = false
                if !isStopping {
                    // First, because whole batches would take all attempts.
                    if hasNews || ContinuousClock.now >= nextRows {
                        isWorking = try await claimRows()
                        if !isWorking { nextRows = .now + Self.pollInterval }
                    }
                    let hasBatches = try await claimBatches()
                    isWorking = isWorking || hasBatches
                }
                if !isWorking { try await wait(Self.pollInterval) }
                backoff.reset()
            } catch let error where !(error is CancellationError) {
                logger.warning("Could not claim or record deliveries", error: error)
                try await Task.sleep(for: backoff.next())
            }
        }
        let waiters = state.withLock { state in
            state.isDone = true
            return state.ends.takeAll()
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Claims at once, because events were dispatched.
    func wake() {
        let loop = state.withLock { state in
            state.hasNews = true
            return state.loop.takeFirst()
        }
        loop?.resume()
    }

    /// Claims no more, waits 10 s at most for attempts in progress, and gives back the claims of the others.
    func stop() async {
        let loop = state.withLock { state in
            state.isStopping = true
            return state.loop.takeFirst()
        }
        loop?.resume()
        await withTaskGroup { group in
            group.addTask { _ = await self.state.wait(in: \.ends) { $0.isDone ? () : nil } }
            group.addTask { try? await Task.sleep(for: Self.drainTime) }
            await group.next()
            group.cancelAll()
        }
        let (outcomes, batches) = state.withLock { state in
            (
                state.outcomes + state.inProgress.values.map { DeliveryOutcome($0, .released) },
                state.finished + state.batches.values.map(\.released)
            )
        }
        // Without the database, the claims end by themselves.
        try? await store.record(outcomes, of: batches)
        posts.close()
    }

    // MARK: Claims

    /// Claims batches for endpoints with fast answers, and begins to send them; returns whether it claimed any.
    private func claimBatches() async throws -> Bool {
        let (endpoints, free) = state.withLock { state in
            (state.shares.fast(withRoomFor: ClaimedBatch.capacity), state.shares.free / ClaimedBatch.capacity)
        }
        guard free > 0, !endpoints.isEmpty else { return false }
        let claimed = try await store.claimBatches(limit: free, of: endpoints)
        state.withLock { state in
            for batch in claimed {
                state.shares.begin(batch.webhook, batch.deliveries.count)
                let outcome = BatchOutcome(batch, [])
                if batch.deliveries.isEmpty {
                    state.finished.append(outcome)
                } else {
                    state.batches[batch.id] = outcome
                }
            }
        }
        for batch in claimed { begin(batch.deliveries, of: batch.id) }
        return !claimed.isEmpty
    }

    /// Claims as many single deliveries as may begin, and begins to send them; returns whether it claimed any.
    private func claimRows() async throws -> Bool {
        let shares = state.withLock { $0.shares }
        let (fast, full) = (shares.fast.sorted(), shares.full)
        guard shares.free > 0 else { return false }
        try await store.unpack(limit: shares.free, of: EndpointShares.slowShare, unlessFast: fast, except: full)
        var claimed: [ClaimedDelivery] = []
        let slow = min(shares.free, shares.freeForSlow)
        if slow > 0 {
            claimed = try await store.claim(limit: slow, of: EndpointShares.slowShare, except: fast + full)
        }
        let rest = shares.free - claimed.count
        if rest > 0, !fast.isEmpty {
            claimed += try await store.claim(limit: rest, of: EndpointShares.fastShare, among: fast, except: full)
        }
        let new = claimed
        state.withLock { state in
            for delivery in new {
                state.shares.begin(delivery.webhook)
                state.inProgress[delivery.id] = delivery
            }
        }
        begin(new)
        return !new.isEmpty
    }

    // MARK: Records

    /// Records what has ended; returns whether rows were among it, so that others of their endpoints may begin.
    private func record() async throws -> Bool {
        let (outcomes, finished) = state.withLock { ($0.outcomes, $0.finished) }
        guard !outcomes.isEmpty || !finished.isEmpty else { return false }
        try await store.record(outcomes, of: finished)
        state.withLock { state in
            state.outcomes.removeFirst(outcomes.count)
            state.finished.removeFirst(finished.count)
        }
        var counts: [DeliveryOutcome.Kind: Int] = [:]
        for outcome in finished.flatMap(\.outcomes) + outcomes { counts[outcome.kind, default: 0] += 1 }
        for (kind, count) in counts { counters[kind]?.increment(by: count) }
        return !outcomes.isEmpty
    }

    /// Waits for an outcome, dispatched events, the end, or a time.
    private func wait(_ time: Duration) async throws {
        await withTaskGroup { group in
            group.addTask {
                _ = await self.state.wait(in: \.loop) { $0.isRecorded && !$0.hasNews ? nil : () }
            }
            group.addTask { try? await Task.sleep(for: time) }
            await group.next()
            group.cancelAll()
        }
        try Task.checkCancellation()
    }

    // MARK: Attempts

    /// Begins the attempts of claimed deliveries, of a batch or single ones.
    private func begin(_ deliveries: [ClaimedDelivery], of batch: Int64? = nil) {
        var secrets: [String: [WebhookSecret]] = [:]
        var (sent, requests): ([ClaimedDelivery], [PostLoop.Post]) = ([], [])
        for claimed in deliveries {
            guard claimed.isConsented else {
                end(claimed, of: batch, DeliveryOutcome(claimed, .withheld))
                continue
            }
            let known =
                secrets[claimed.webhook]
                ?? claimed.secrets.compactMap { secret in
                    box.open(secret, for: claimed.webhook).map(WebhookSecret.init(bytes:))
                }
            secrets[claimed.webhook] = known
            guard known.count == claimed.secrets.count else {
                end(claimed, of: batch, failure(of: claimed, "unreadable_secret"))
                continue
            }
            sent.append(claimed)
            requests.append(DeliveryMessage(claimed.event).post(to: claimed.url, signedBy: known, at: .now()))
        }
        let (began, attempts) = (ContinuousClock.now, sent)
        posts.send(requests) { place, outcome in
            let claimed = attempts[place]
            switch outcome {
            case .success(let answer):
                let fate = self.retries.fate(of: claimed, answer, at: .now(), jitter: Double.random(in: 0..<1))
                let outcome = DeliveryOutcome(claimed, fate, status: Int32(clamping: answer.status))
                self.end(claimed, of: batch, outcome, after: began.duration(to: .now))
            case .failure(let error):
                self.end(claimed, of: batch, self.failure(of: claimed, error.code.rawValue))
            }
        }
    }

    private func failure(of claimed: ClaimedDelivery, _ error: String) -> DeliveryOutcome {
        let fate = retries.fateOfFailure(claimed, at: .now(), jitter: Double.random(in: 0..<1))
        return DeliveryOutcome(claimed, fate, error: error)
    }

    /// Ends an attempt; `duration` is the time until its answer.
    private func end(
        _ claimed: ClaimedDelivery,
        of batch: Int64?,
        _ outcome: DeliveryOutcome,
        after duration: Duration? = nil
    ) {
        let loop = state.withLock { state -> WaitList<Void>.Waiter? in
            state.shares.end(claimed.webhook, after: duration)
            if let batch {
                state.batches[batch]?.outcomes.append(outcome)
                guard let result = state.batches[batch], result.isComplete else { return nil }
                state.batches[batch] = nil
                state.finished.append(result)
            } else {
                state.inProgress[claimed.id] = nil
                state.outcomes.append(outcome)
            }
            return state.loop.takeFirst()
        }
        loop?.resume()
    }
}

extension BatchOutcome {
    fileprivate var isComplete: Bool { outcomes.count == batch.deliveries.count }

    /// The outcomes, and those of attempts in progress, which are given back.
    fileprivate var released: BatchOutcome {
        let ended = Set(outcomes.map(\.delivery))
        let others = batch.deliveries.filter { !ended.contains($0.id) }.map { DeliveryOutcome($0, .released) }
        return BatchOutcome(batch, outcomes + others)
    }
}

extension DeliveryOutcome {
    /// The outcome in the metric.
    fileprivate enum Kind: String, CaseIterable {
        case delivered, retried, dead, withheld, released, gone
    }

    fileprivate var kind: Kind {
        switch fate {
        case .delivered: .delivered
        case .retried: .retried
        case .dead: .dead
        case .withheld: .withheld
        case .released: .released
        case .gone: .gone
        }
    }
}
