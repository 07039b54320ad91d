import Concurrency
import Credentials
import HTTPClient
import Models
import Observability
import Persistence
import ServiceRuntime
import Synchronization
import WebPush

/// Claims push messages and posts them to the push services of browsers (RFC 8030).
///
/// It keeps nothing that the database does not have: if the process is killed, its claims end and other senders repeat them. A
/// repeated message has the same topic, so that the push service replaces the first one if the browser has not got it yet.
final class PushSender: Sendable {
    private struct State {
        var shares = EndpointShares(maximum: PushSender.concurrency)
        var inProgress: [Int64: ClaimedPush] = [:]
        var isStopping = false
        /// Whether the last outcomes are recorded.
        var isDone = false
        /// The loop, which waits for an attempt to end or for the end.
        var loop = WaitList<Void>()
        /// Tasks that wait for the end of the loop.
        var ends = WaitList<Void>()
    }

    private let store: PushStore
    private let posts: PostLoop
    private let requests: PushRequests
    private let retries: RetryPolicy
    /// How long a claim lasts, in microseconds: longer than an attempt.
    private let claimTime: Int64
    private let logger: Logger
    private let counters: [PushFate.Kind: Counter]
    private let backlog: Gauge
    private let state = Mutex(State())

    /// How many attempts are in progress at most, and how many begin at once at push services without fast answers.
    private static let (concurrency, slowBatch) = (64, 4)
    /// The time between two polls while no message is due.
    private static let pollInterval = Duration.milliseconds(250)
    /// The longest time of an attempt, and how long attempts in progress may go on after ``stop()``: short, because the deliveries
    /// of webhooks end only after it.
    static let (timeout, drainTime) = (Duration.seconds(5), Duration.seconds(7))
    /// The time between two passes of ``care()``.
    private static let careInterval = Duration.seconds(5)
    /// The backlog is counted up to this number.
    private static let countedBacklog = 100_000

    init(
        _ store: PushStore,
        _ posts: PostLoop,
        _ requests: PushRequests,
        _ sending: SendingSettings,
        logger: Logger,
        metrics: MetricsRegistry
    ) {
        (self.store, self.posts, self.requests, self.logger) = (store, posts, requests, logger)
        (retries, claimTime) = (sending.retries, sending.rules.claimTime)
        counters = Dictionary(
            uniqueKeysWithValues: PushFate.Kind.allCases.map { kind in
                let labels = [("outcome", kind.rawValue)]
                return (kind, metrics.counter("push_attempts_total", "Attempts of push messages.", labels: labels))
            }
        )
        backlog = metrics.gauge("push_backlog", "Push messages that are due, counted up to 100,000.")
    }

    /// Sends until ``stop()``; then ends attempts in progress and records their outcomes.
    func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            var backoff = Backoff(base: .milliseconds(100))
            while !state.withLock({ $0.isStopping }) {
                do {
                    let claimed = try await claim()
                    for message in claimed { group.addTask { await self.attempt(message) } }
                    if claimed.isEmpty { try await wait() }
                    backoff.reset()
                } catch let error where !(error is CancellationError) {
                    logger.warning("Could not claim push messages", error: error)
                    try await Task.sleep(for: backoff.next())
                }
            }
        }
        let waiters = state.withLock { state in
            state.isDone = true
            return state.ends.takeAll()
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Claims no more, waits 7 s at most for attempts in progress, and gives back the claims of the others.
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
        // Without the database, the claims end by themselves.
        for message in state.withLock({ $0.inProgress.values }) { try? await store.record(.released, of: message) }
        posts.close()
    }

    /// Removes expired messages and measures the backlog, until the task is cancelled.
    func care() async throws {
        while true {
            do {
                _ = try await store.removeExpired()
                backlog.set(try await store.backlog(upTo: Self.countedBacklog))
            } catch let error where !(error is CancellationError) {
                logger.warning("Could not remove expired push messages", error: error)
            }
            try await Task.sleep(for: Self.careInterval)
        }
    }

    /// Claims as many messages as may begin: a push service that is slow cannot take all attempts.
    private func claim() async throws -> [ClaimedPush] {
        let shares = state.withLock { $0.shares }
        let (fast, full) = (shares.fast.sorted(), shares.full)
        var claimed: [ClaimedPush] = []
        let slow = min(shares.free, shares.freeForSlow, Self.slowBatch)
        if slow > 0 { claimed = try await store.claim(limit: slow, for: claimTime, except: fast + full) }
        let rest = shares.free - claimed.count
        if rest > 0, !fast.isEmpty {
            claimed += try await store.claim(limit: rest, for: claimTime, among: fast, except: full)
        }
        let new = claimed
        state.withLock { state in
            for message in new {
                state.shares.begin(message.origin)
                state.inProgress[message.id] = message
            }
        }
        return new
    }

    /// Waits for the end of an attempt, the end, or a time.
    private func wait() async throws {
        await withTaskGroup { group in
            group.addTask { _ = await self.state.wait(in: \.loop) { $0.isStopping ? () : nil } }
            group.addTask { try? await Task.sleep(for: Self.pollInterval) }
            await group.next()
            group.cancelAll()
        }
        try Task.checkCancellation()
    }

    // MARK: One attempt

    private func attempt(_ claimed: ClaimedPush) async {
        let began = ContinuousClock.now
        let (fate, hasAnswer) = await fate(of: claimed)
        let duration = began.duration(to: .now)
        do {
            try await store.record(fate, of: claimed)
            counters[fate.kind]?.increment()
        } catch {
            // The claim ends, and the message is sent again.
            logger.warning("Could not record a push message", error: error)
        }
        let loop = state.withLock { state in
            state.shares.end(claimed.origin, after: hasAnswer ? duration : nil)
            state.inProgress[claimed.id] = nil
            return state.loop.takeFirst()
        }
        loop?.resume()
    }

    private func fate(of claimed: ClaimedPush) async -> (PushFate, hasAnswer: Bool) {
        let now = Timestamp.now()
        guard let post = requests.post(of: claimed, at: now) else {
            logger.error("Could not prepare a push message")
            return (.dropped, false)
        }
        let jitter = Double.random(in: 0..<1)
        do throws(HTTPClientError) {
            let answer = try await posts.send(post)
            let fate = retries.fate(of: claimed, answer, at: .now(), jitter: jitter)
            if fate == .dropped {
                logger.warning("Dropped a push message", [.status: .integer(answer.status)])
            }
            return (fate, true)
        } catch {
            return (retries.fateOfFailure(claimed, at: .now(), jitter: jitter), false)
        }
    }
}

extension PushSender {
    /// The services of a process.
    var services: [Service] {
        [
            Service(name: "care of push messages", run: { try await self.care() }),
            Service(name: "push sender", run: { try await self.run() }, stop: { await self.stop() }),
        ]
    }
}

extension PushFate {
    /// The outcome in the metric.
    fileprivate enum Kind: String, CaseIterable {
        case sent, retried, dropped, gone, released
    }

    fileprivate var kind: Kind {
        switch self {
        case .sent: .sent
        case .retried: .retried
        case .dropped: .dropped
        case .gone: .gone
        case .released: .released
        }
    }
}
