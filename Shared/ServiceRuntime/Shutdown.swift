import Observability
import Synchronization

/// Whether a group is stopping, and how far it is.
final class Shutdown: Sendable {
    enum Cause: Sendable {
        case signal(String)
        case ended(service: String)
        case failed(service: String)
        case cancelled

        var logMetadata: LogMetadata {
            switch self {
            case .signal(let name): [.reason: "signal", .signal: .string(name)]
            case .ended(let service): [.reason: "run ended", .component: .string(service)]
            case .failed(let service): [.reason: "failure", .component: .string(service)]
            case .cancelled: [.reason: "cancelled"]
            }
        }
    }

    private struct State {
        var hasBegun = false
        var isAnnounced = false
        var hasFinished = false
        var signals = 0
        var service: String?
        var failure: ServiceFailure?
        var waiters: [AsyncStream<Never>.Continuation] = []
    }

    private let state = Mutex(State())

    var hasBegun: Bool {
        state.withLock { $0.hasBegun }
    }

    /// The service that is starting or stopping, until the group has stopped.
    var unfinishedService: String? {
        state.withLock { $0.hasFinished ? nil : $0.service ?? "" }
    }

    /// Resumes all waiters, the first time.
    ///
    /// - Parameter announce: logs it, before the group can have stopped.
    func begin(_ announce: () -> Void) {
        let isFirst = state.withLock { state in
            defer { state.hasBegun = true }
            return !state.hasBegun
        }
        guard isFirst else { return }
        announce()
        let waiters = state.withLock { state in
            state.isAnnounced = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.finish() }
    }

    /// Returns when the group stops or the task is cancelled.
    func wait() async {
        let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
        let isAnnounced = state.withLock { state in
            if !state.isAnnounced { state.waiters.append(continuation) }
            return state.isAnnounced
        }
        if isAnnounced { continuation.finish() }
        for await _ in stream {}
    }

    func isWaiting(for service: String) {
        state.withLock { $0.service = service }
    }

    /// Counts a signal; returns how many there have been.
    func countSignal() -> Int {
        state.withLock { state in
            state.signals += 1
            return state.signals
        }
    }

    /// Remembers the first failure.
    func note(_ failure: ServiceFailure) {
        state.withLock { $0.failure = $0.failure ?? failure }
    }

    /// Marks the group as stopped; returns the first failure, if any.
    func finish() -> ServiceFailure? {
        state.withLock { state in
            state.hasFinished = true
            return state.failure
        }
    }
}
