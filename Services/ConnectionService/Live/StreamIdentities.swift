import Access
import Observability
import Persistence
import Postgres
import RESTAccess
import Synchronization

/// The identities of open streams.
///
/// A stream ends when its identity has changed, and after 15 minutes at most: its client then has to prove again who it
/// is. It ends with its session or key, with a change of its subject's roles, and when changes may have been missed. Without
/// reports of changes for a minute, all streams end.
final class StreamIdentities: Sendable {
    /// The longest life of a stream.
    static let lifetime = Duration.seconds(900)
    /// How long streams go on while changes are not reported.
    static let grace = Duration.seconds(60)

    private struct State {
        var streams: [Int: (changes: [AccessChange], end: AsyncStream<Void>.Continuation)] = [:]
        var lastNumber = 0
        /// When the reports of changes were interrupted; `nil` while there are reports.
        var lostAt: ContinuousClock.Instant?
    }

    private let state = Mutex(State())

    /// The end of one stream; forgotten with this value.
    final class End: Sendable {
        private let ended: AsyncStream<Void>
        private let forget: @Sendable () -> Void

        fileprivate init(_ ended: AsyncStream<Void>, forget: @escaping @Sendable () -> Void) {
            self.ended = ended
            self.forget = forget
        }

        deinit { forget() }

        /// Waits until the stream has to end.
        ///
        /// - Throws: `CancellationError`.
        func wait() async throws {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { [ended] in
                    for await _ in ended { return }
                    try Task.checkCancellation()
                }
                group.addTask { try await Task.sleep(for: StreamIdentities.lifetime) }
                try await group.next()
                group.cancelAll()
            }
        }
    }

    /// Notes a stream that begins; call it before the stream's first answer is computed.
    ///
    /// - Returns: the end of the stream; `nil` if it may last, since its request needed no credential.
    func end(of access: GrantedAccess) -> End? {
        guard access.role != .legacy else { return nil }
        let identity = access.identity
        let changes = [identity.session.flatMap { AccessChange($0) }, .role(subject: identity.subject)].compactMap(
            \.self
        )
        let (ended, end) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.lastNumber += 1
            state.streams[state.lastNumber] = (changes, end)
            return state.lastNumber
        }
        return End(ended) { [weak self] in _ = self?.state.withLock { $0.streams.removeValue(forKey: number) } }
    }

    /// The number of streams that can end.
    var count: Int { state.withLock { $0.streams.count } }

    /// Ends the streams that a change concerns.
    func apply(_ change: Change<AccessChange>) {
        switch change {
        case .changed(.beat): break
        case .changed(let change): end { $0.contains(change) }
        case .missed:
            state.withLock { $0.lostAt = nil }
            end { _ in true }
        }
    }

    /// Follows changes until the task is cancelled.
    ///
    /// - Parameters:
    ///   - client: listens.
    ///   - logger: logs interruptions.
    /// - Throws: `CancellationError`.
    func run(_ client: PostgresClient, logger: Logger) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                let follower = ChangeFollower("Not listening for changes of identities", logger) {
                    try AccessChange.changes(in: client)
                }
                try await follower.run({ apply($0) }, whenInterrupted: { interrupted(at: .now) })
            }
            group.addTask { [self] in
                while true {
                    try await Task.sleep(for: .seconds(5))
                    endUnreported(at: .now)
                }
            }
            try await group.next()
        }
    }

    /// Notes that changes are not reported.
    func interrupted(at now: ContinuousClock.Instant) {
        state.withLock { $0.lostAt = $0.lostAt ?? now }
    }

    /// Ends all streams if changes have not been reported for a minute.
    func endUnreported(at now: ContinuousClock.Instant) {
        if state.withLock({ $0.lostAt.map { $0 + Self.grace <= now } ?? false }) { end { _ in true } }
    }

    private func end(where isConcerned: ([AccessChange]) -> Bool) {
        for (changes, end) in state.withLock({ Array($0.streams.values) }) where isConcerned(changes) { end.yield() }
    }
}
