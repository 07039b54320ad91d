import Concurrency

/// The rules of the pool, without sockets, threads, clocks or locks: events go in, actions come out.
///
/// * Requests are served in order of arrival. * The number of connections, including those being opened, never exceeds
/// the limit. * While the server is unreachable, one connection at a time retries, with growing pauses, and only as
/// long as a caller waits.
struct PoolStateMachine {
    typealias Instant = ContinuousClock.Instant

    struct ConnectionID: Hashable, Sendable {
        let number: Int
    }

    struct RequestID: Hashable, Sendable {
        let number: Int
    }

    /// Open a connection, or try again, after a pause.
    struct Opening: Equatable {
        let id: ConnectionID
        let delay: Duration
    }

    enum LeaseAction: Equatable {
        case use(ConnectionID)
        case wait(open: Opening?)
        case refuse(Refusal)
    }

    enum Refusal: Equatable {
        case closed
        case tooManyWaiters
    }

    /// What to do with a free connection.
    enum FreeAction: Equatable {
        case hand(to: RequestID)
        case park
        case close
    }

    private enum ConnectionState {
        case opening
        case idle
        case leased
    }

    private let maximumConnections: Int
    private let maximumWaiters: Int
    private let backoff: Backoff
    private var connections: [ConnectionID: ConnectionState] = [:]
    /// The most recently used connection is at the end and is used next, so that superfluous ones stay idle.
    private var idle: [(id: ConnectionID, since: Instant)] = []
    private var waiting: [RequestID] = []
    private var lastNumber = 0
    private var failures = 0
    private var earliestAttempt: Instant?
    private(set) var isClosed = false

    init(maximumConnections: Int, maximumWaiters: Int, backoff: Backoff = Backoff(cap: .seconds(2))) {
        self.maximumConnections = maximumConnections
        self.maximumWaiters = maximumWaiters
        self.backoff = backoff
    }

    var connectionCount: Int { connections.count }
    var idleCount: Int { idle.count }
    var leasedCount: Int { connections.values.count { $0 == .leased } }
    var waitingCount: Int { waiting.count }
    /// Whether the last attempt to open a connection failed.
    var isFailing: Bool { failures > 0 }

    /// A caller is about to request a connection.
    mutating func makeRequest() -> RequestID {
        RequestID(number: nextNumber())
    }

    /// Takes an idle connection, unless other callers already wait.
    mutating func takeIdle(now: Instant) -> (id: ConnectionID, idleFor: Duration)? {
        guard waiting.isEmpty, let free = idle.popLast() else { return nil }
        connections[free.id] = .leased
        return (free.id, free.since.duration(to: now))
    }

    /// A caller requests a connection.
    mutating func lease(_ request: RequestID, now: Instant) -> LeaseAction {
        if isClosed { return .refuse(.closed) }
        if let free = takeIdle(now: now) { return .use(free.id) }
        guard waiting.count < maximumWaiters else { return .refuse(.tooManyWaiters) }
        waiting.append(request)
        return .wait(open: openIfUseful(now: now))
    }

    /// The deadline of a request has passed, or its task was cancelled.
    ///
    /// False if it was served meanwhile.
    mutating func withdraw(_ request: RequestID) -> Bool {
        guard let index = waiting.firstIndex(of: request) else { return false }
        waiting.remove(at: index)
        return true
    }

    /// The pause before an attempt is over; false if the connection is no longer needed.
    mutating func shouldOpen(_ id: ConnectionID) -> Bool {
        guard connections[id] != nil, !isClosed, !waiting.isEmpty || failures == 0 else {
            connections[id] = nil
            return false
        }
        return true
    }

    /// A connection was opened; returns what to do with it, and which others to open now that the server answers.
    mutating func opened(_ id: ConnectionID, now: Instant) -> (action: FreeAction, open: [Opening]) {
        failures = 0
        earliestAttempt = nil
        let action = free(id, now: now)
        var openings: [Opening] = []
        while let opening = openIfUseful(now: now) { openings.append(opening) }
        return (action, openings)
    }

    /// A connection could not be opened; returns the next attempt, unless no caller waits or another connection already
    /// retries.
    ///
    /// `jitter` is a random number in 0..<1.
    mutating func openFailed(_ id: ConnectionID, now: Instant, jitter: Double) -> Opening? {
        failures += 1
        let next = now + backoff.delay(afterFailures: failures, jitter: jitter)
        earliestAttempt = next
        connections[id] = nil
        return openIfUseful(now: now)
    }

    /// A leased connection is returned.
    mutating func release(_ id: ConnectionID, isUsable: Bool, now: Instant) -> (action: FreeAction, open: Opening?) {
        guard isUsable else {
            connections[id] = nil
            return (.close, openIfUseful(now: now))
        }
        return (free(id, now: now), nil)
    }

    /// Grants no more leases.
    ///
    /// - Returns: the connections to close at once, and the requests to refuse. Leased connections are closed when they
    ///   are returned.
    mutating func close() -> (connections: [ConnectionID], requests: [RequestID]) {
        isClosed = true
        let toClose = idle.map(\.id)
        for id in toClose { connections[id] = nil }
        idle = []
        defer { waiting = [] }
        return (toClose, waiting)
    }

    private mutating func free(_ id: ConnectionID, now: Instant) -> FreeAction {
        if isClosed {
            connections[id] = nil
            return .close
        }
        guard !waiting.isEmpty else {
            connections[id] = .idle
            idle.append((id, now))
            return .park
        }
        connections[id] = .leased
        return .hand(to: waiting.removeFirst())
    }

    /// Opens one more connection if a caller waits for whom none is being opened.
    private mutating func openIfUseful(now: Instant) -> Opening? {
        let opening = connections.values.count { $0 == .opening }
        guard !isClosed, connections.count < maximumConnections, opening < (isFailing ? 1 : waiting.count),
            !waiting.isEmpty
        else { return nil }
        let id = ConnectionID(number: nextNumber())
        connections[id] = .opening
        let delay = earliestAttempt.map { max(.zero, now.duration(to: $0)) } ?? .zero
        return Opening(id: id, delay: delay)
    }

    private mutating func nextNumber() -> Int {
        lastNumber += 1
        return lastNumber
    }
}
