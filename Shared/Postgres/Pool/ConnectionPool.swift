import Concurrency
import Glibc
import Synchronization

/// The bounded pool: ``PoolStateMachine`` under a lock, with its actions executed outside the lock.
///
/// Connections are opened on their own threads, so the pool needs no task of its own.
final class ConnectionPool: Sendable {
    typealias ConnectionID = PoolStateMachine.ConnectionID
    typealias RequestID = PoolStateMachine.RequestID

    /// A leased connection.
    struct Lease: Sendable {
        let id: ConnectionID
        let connection: PostgresConnection
    }

    private struct State {
        var machine: PoolStateMachine
        var connections: [ConnectionID: PostgresConnection] = [:]
        var requests: [RequestID: CheckedContinuation<Lease, any Error>] = [:]
        var lastFailure: PostgresError?
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    /// What to do after releasing the lock.
    private enum Effect {
        case resume(CheckedContinuation<Lease, any Error>, Result<Lease, any Error>)
        case open(Lease, after: Duration)
        case close(PostgresConnection)
        case finish(CheckedContinuation<Void, Never>)
    }

    private let configuration: PostgresConfiguration
    private let observer: PostgresObserver
    private let state: Mutex<State>

    init(_ configuration: PostgresConfiguration, _ observer: PostgresObserver) {
        self.configuration = configuration
        self.observer = observer
        let machine = PoolStateMachine(
            maximumConnections: max(1, configuration.maximumConnections),
            maximumWaiters: configuration.maximumWaiters
        )
        state = Mutex(State(machine: machine))
    }

    /// The numbers of connections and callers, for metrics.
    var counts: PostgresPoolCounts {
        state.withLock { state in
            PostgresPoolCounts(
                open: state.machine.connectionCount,
                leased: state.machine.leasedCount,
                idle: state.machine.idleCount,
                waiting: state.machine.waitingCount
            )
        }
    }

    /// Whether the pool grants no more leases.
    var isClosed: Bool { state.withLock { $0.machine.isClosed } }

    // MARK: - Leasing

    /// Waits in order for a working connection.
    ///
    /// - Throws: ``PostgresError``, or `CancellationError`.
    func lease(until deadline: ContinuousClock.Instant) async throws -> Lease {
        let start = ContinuousClock.now
        try Task.checkCancellation()
        while let (idle, idleFor) = takeIdle() {
            if await seemsAlive(idle.connection, idleFor: idleFor) {
                observer.leased(after: start.duration(to: .now))
                return idle
            }
            giveBack(idle, isUsable: false)
        }
        do {
            let lease = try await waitForLease(until: deadline)
            observer.leased(after: start.duration(to: .now))
            return lease
        } catch let error as PostgresError {
            observer.count(error)
            throw error
        }
    }

    private func takeIdle() -> (Lease, idleFor: Duration)? {
        state.withLock { state in
            guard let (id, idleFor) = state.machine.takeIdle(now: .now), let connection = state.connections[id] else {
                return nil
            }
            return (Lease(id: id, connection: connection), idleFor)
        }
    }

    /// Checks by one system call whether the server has closed an idle connection; after a longer time, by a round
    /// trip, in case the network has dropped it.
    private func seemsAlive(_ connection: PostgresConnection, idleFor: Duration) async -> Bool {
        var descriptor = pollfd(
            fd: connection.socket.load(ordering: .relaxed),
            events: Int16(POLLIN),
            revents: 0
        )
        let hasNews = poll(&descriptor, 1, 0) != 0
        guard hasNews || idleFor >= configuration.idleCheckInterval else { return true }
        return await connection.isAlive(within: .seconds(1))
    }

    private func waitForLease(until deadline: ContinuousClock.Instant) async throws -> Lease {
        let request = state.withLock { $0.machine.makeRequest() }
        // Cancelled at the end of this scope.
        async let _: Void = expire(request, at: deadline)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                enqueue(request, continuation)
                // The handler below may have run before the request existed.
                if Task.isCancelled { withdraw(request, CancellationError()) }
            }
        } onCancel: {
            withdraw(request, CancellationError())
        }
    }

    private func enqueue(_ request: RequestID, _ continuation: CheckedContinuation<Lease, any Error>) {
        perform { state in
            switch state.machine.lease(request, now: .now) {
            case .use(let id):
                guard let connection = state.connections[id] else {
                    return [.resume(continuation, .failure(PostgresError.poolClosed))]
                }
                return [.resume(continuation, .success(Lease(id: id, connection: connection)))]
            case .wait(let opening):
                state.requests[request] = continuation
                return effects(opening.map { [$0] } ?? [], &state)
            case .refuse(.closed): return [.resume(continuation, .failure(PostgresError.poolClosed))]
            case .refuse(.tooManyWaiters): return [.resume(continuation, .failure(PostgresError.tooManyWaiters))]
            }
        }
    }

    private func withdraw(_ request: RequestID, _ error: any Error) {
        perform { state in
            guard state.machine.withdraw(request), let continuation = state.requests.removeValue(forKey: request)
            else { return [] }
            return [.resume(continuation, .failure(error))]
        }
    }

    /// Ends the wait at its deadline; the end of the wait cancels this task.
    private func expire(_ request: RequestID, at deadline: ContinuousClock.Instant) async {
        do {
            try await Task.sleep(until: deadline, clock: .continuous)
        } catch {
            return
        }
        let failure = state.withLock { $0.machine.isFailing ? $0.lastFailure : nil }
        withdraw(request, failure ?? PostgresError.acquireTimeout)
    }

    // MARK: - Returning

    /// Takes a connection back.
    ///
    /// A broken one, or one with an open transaction, is closed.
    func release(_ lease: Lease) {
        giveBack(lease, isUsable: lease.connection.condition.load(ordering: .acquiring) == .idle)
    }

    private func giveBack(_ lease: Lease, isUsable: Bool) {
        perform { state in
            let (action, opening) = state.machine.release(lease.id, isUsable: isUsable, now: .now)
            return effects(action, lease, &state) + effects(opening.map { [$0] } ?? [], &state)
                + finishIfDone(&state)
        }
    }

    /// Refuses new leases, closes idle connections and waits until the leased ones are returned.
    func close() async {
        await withCheckedContinuation { continuation in
            perform { state in
                state.closers.append(continuation)
                return closeEffects(&state) + finishIfDone(&state)
            }
        }
    }

    /// Like ``close()``, without waiting.
    func abandon() {
        perform { state in closeEffects(&state) }
    }

    private func closeEffects(_ state: inout State) -> [Effect] {
        let (connections, requests) = state.machine.close()
        return connections.compactMap { state.connections.removeValue(forKey: $0) }.map(Effect.close)
            + requests.compactMap { state.requests.removeValue(forKey: $0) }
            .map { .resume($0, .failure(PostgresError.poolClosed)) }
    }

    private func finishIfDone(_ state: inout State) -> [Effect] {
        guard state.machine.isClosed, state.machine.leasedCount == 0 else { return [] }
        defer { state.closers = [] }
        return state.closers.map(Effect.finish)
    }

    // MARK: - Opening

    /// Waits, connects and reports, on the connection's own thread.
    private func open(_ lease: Lease, after delay: Duration) {
        if delay > .zero { usleep(UInt32(clamping: delay.milliseconds * 1_000)) }
        let isWanted = state.withLock { state in
            if state.machine.shouldOpen(lease.id) { return true }
            state.connections[lease.id] = nil
            return false
        }
        guard isWanted else {
            lease.connection.thread.stop()
            return
        }
        let outcome = lease.connection.assumeIsolated { connection in
            Result { () throws(PostgresError) in try connection.open() }
        }
        switch outcome {
        case .success: observer.connectionOpened()
        case .failure(let error): observer.connectionFailed(error)
        }
        perform { state in
            switch outcome {
            case .success:
                state.lastFailure = nil
                let (action, openings) = state.machine.opened(lease.id, now: .now)
                return effects(action, lease, &state) + effects(openings, &state) + finishIfDone(&state)
            case .failure(let error):
                state.lastFailure = error
                state.connections[lease.id] = nil
                let next = state.machine.openFailed(lease.id, now: .now, jitter: .random(in: 0..<1))
                return [.close(lease.connection)] + effects(next.map { [$0] } ?? [], &state)
            }
        }
    }

    private func effects(_ openings: [PoolStateMachine.Opening], _ state: inout State) -> [Effect] {
        openings.map { opening in
            let connection = PostgresConnection(configuration, observer)
            state.connections[opening.id] = connection
            return .open(Lease(id: opening.id, connection: connection), after: opening.delay)
        }
    }

    private func effects(
        _ action: PoolStateMachine.FreeAction,
        _ lease: Lease,
        _ state: inout State
    ) -> [Effect] {
        switch action {
        case .park: return []
        case .close:
            state.connections[lease.id] = nil
            return [.close(lease.connection)]
        case .hand(let request):
            guard let continuation = state.requests.removeValue(forKey: request) else { return [] }
            return [.resume(continuation, .success(lease))]
        }
    }

    private func perform(_ event: (inout State) -> [Effect]) {
        let effects = state.withLock { state in event(&state) }
        for effect in effects {
            switch effect {
            case .resume(let continuation, let result): continuation.resume(with: result)
            case .open(let lease, let delay): lease.connection.thread.run { self.open(lease, after: delay) }
            case .close(let connection): connection.retire()
            case .finish(let continuation): continuation.resume()
            }
        }
    }
}

/// The numbers of connections and callers of a pool.
package struct PostgresPoolCounts: Sendable, Equatable {
    /// Connections that are open or being opened.
    package let open: Int
    /// Connections in use.
    package let leased: Int
    /// Connections ready for use.
    package let idle: Int
    /// Callers that wait for a connection.
    package let waiting: Int
}

extension PostgresConnection {
    /// Closes the connection on its thread, and ends the thread.
    nonisolated func retire() {
        thread.run { self.assumeIsolated { $0.shutDown() } }
        thread.stop()
    }
}

extension PostgresError {
    static let poolClosed = PostgresError(.closed, "The PostgreSQL client has been closed.")
    static let tooManyWaiters = PostgresError(
        .tooManyWaiters,
        "Too many callers are waiting for a connection to PostgreSQL."
    )
    static let acquireTimeout = PostgresError(
        .acquireTimeout,
        "No connection to PostgreSQL became free in time."
    )
}
