import Concurrency
import Credentials
import HTTPClient
import Models
import Observability
import Persistence
import Synchronization

/// Claims deliveries and sends them, many at a time.
///
/// It keeps nothing that the database does not have: if the process is killed, its claims end and other senders repeat them.
final class DeliverySender: Sendable {
    private struct State {
        var shares: EndpointShares
        var inProgress: [Int64: ClaimedDelivery] = [:]
        var outcomes: [DeliveryOutcome] = []
        var isStopping = false
        /// Whether the last outcomes are recorded.
        var isDone = false
        /// The loop, which waits for an outcome or for the end.
        var loop = WaitList<Void>()
        /// Who waits for the end of the loop.
        var ends = WaitList<Void>()
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
        try await withThrowingDiscardingTaskGroup { group in
            var backoff = Backoff(base: .milliseconds(100))
            while true {
                do {
                    try await record()
                    let isStopping = state.withLock { $0.isStopping }
                    if isStopping, state.withLock({ $0.inProgress.isEmpty && $0.outcomes.isEmpty }) { break }
                    let claimed = isStopping ? [] : try await claim()
                    for delivery in claimed { group.addTask { await self.attempt(delivery) } }
                    if claimed.isEmpty { try await wait(Self.pollInterval) }
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
        let released = state.withLock { state in
            state.outcomes + state.inProgress.values.map { DeliveryOutcome($0, .released) }
        }
        // Without the database, the claims end by themselves.
        try? await store.record(released)
        posts.close()
    }

    /// Claims as many deliveries as may begin.
    private func claim() async throws -> [ClaimedDelivery] {
        let shares = state.withLock { $0.shares }
        let (fast, full) = (shares.fast.sorted(), shares.full)
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
        return new
    }

    private func record() async throws {
        let outcomes = state.withLock { $0.outcomes }
        guard !outcomes.isEmpty else { return }
        try await store.record(outcomes)
        state.withLock { $0.outcomes.removeFirst(outcomes.count) }
        for outcome in outcomes { counters[outcome.kind]?.increment() }
    }

    /// Waits for an outcome, the end, or a time.
    private func wait(_ time: Duration) async throws {
        await withTaskGroup { group in
            group.addTask {
                _ = await self.state.wait(in: \.loop) { $0.outcomes.isEmpty ? nil : () }
            }
            group.addTask { try? await Task.sleep(for: time) }
            await group.next()
            group.cancelAll()
        }
        try Task.checkCancellation()
    }

    // MARK: One attempt

    private func attempt(_ claimed: ClaimedDelivery) async {
        let began = ContinuousClock.now
        let (outcome, hasAnswer) = await outcome(of: claimed)
        let duration = began.duration(to: .now)
        let loop = state.withLock { state in
            state.shares.end(claimed.webhook, after: hasAnswer ? duration : nil)
            state.inProgress[claimed.id] = nil
            state.outcomes.append(outcome)
            return state.loop.takeFirst()
        }
        loop?.resume()
    }

    private func outcome(of claimed: ClaimedDelivery) async -> (DeliveryOutcome, hasAnswer: Bool) {
        guard claimed.isConsented else { return (DeliveryOutcome(claimed, .withheld), false) }
        let secrets = claimed.secrets.compactMap { box.open($0, for: claimed.webhook) }.map(WebhookSecret.init(bytes:))
        let jitter = Double.random(in: 0..<1)
        guard secrets.count == claimed.secrets.count else {
            let fate = retries.fateOfFailure(claimed, at: .now(), jitter: jitter)
            return (DeliveryOutcome(claimed, fate, error: "unreadable_secret"), false)
        }
        let post = DeliveryMessage(claimed.event).post(to: claimed.url, signedBy: secrets, at: .now())
        do throws(HTTPClientError) {
            let answer = try await posts.send(post)
            let fate = retries.fate(of: claimed, answer, at: .now(), jitter: jitter)
            return (DeliveryOutcome(claimed, fate, status: Int32(clamping: answer.status)), true)
        } catch {
            let fate = retries.fateOfFailure(claimed, at: .now(), jitter: jitter)
            return (DeliveryOutcome(claimed, fate, error: error.code.rawValue), false)
        }
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
