import Simulation
import Testing

@testable import Postgres

@Suite struct PoolStateMachineTests {
    private let now = ContinuousClock.now

    /// A pool with some open and idle connections.
    private func machine(idle: Int, of maximum: Int = 2, waiters: Int = 10) throws -> PoolStateMachine {
        var machine = PoolStateMachine(maximumConnections: maximum, maximumWaiters: waiters)
        var leased: [PoolStateMachine.ConnectionID] = []
        for _ in 0..<idle { leased.append(try open(&machine)) }
        for id in leased { expect(machine.release(id, isUsable: true, now: now).action, .park) }
        return machine
    }

    /// Opens one connection on demand and returns it leased.
    private func open(_ machine: inout PoolStateMachine) throws -> PoolStateMachine.ConnectionID {
        let request = machine.makeRequest()
        guard case .wait(let opening?) = machine.lease(request, now: now) else {
            throw UnexpectedAction()
        }
        expect(machine.shouldOpen(opening.id), true)
        let (action, others) = machine.opened(opening.id, now: now)
        #expect(action == .hand(to: request))
        #expect(others.isEmpty)
        return opening.id
    }

    /// `#expect` cannot take a mutating call.
    private func expect<Value: Equatable>(
        _ value: Value,
        _ expected: Value,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(value == expected, sourceLocation: sourceLocation)
    }

    private struct UnexpectedAction: Error {}

    private func takeIdle(_ machine: inout PoolStateMachine) throws -> PoolStateMachine.ConnectionID {
        let taken = machine.takeIdle(now: now)
        return try #require(taken).id
    }

    private func wait(_ machine: inout PoolStateMachine) -> PoolStateMachine.RequestID {
        let request = machine.makeRequest()
        _ = machine.lease(request, now: now)
        return request
    }

    @Test func opensOnDemandUpToTheLimit() throws {
        var machine = PoolStateMachine(maximumConnections: 2, maximumWaiters: 10)
        _ = try open(&machine)
        _ = try open(&machine)
        expect(machine.lease(machine.makeRequest(), now: now), .wait(open: nil))
        #expect(machine.connectionCount == 2)
        #expect(machine.waitingCount == 1)
    }

    @Test func prefersTheMostRecentlyUsedConnection() throws {
        var machine = PoolStateMachine(maximumConnections: 2, maximumWaiters: 10)
        let first = try open(&machine)
        let second = try open(&machine)
        _ = machine.release(first, isUsable: true, now: now)
        _ = machine.release(second, isUsable: true, now: now)
        let taken = machine.takeIdle(now: now + .seconds(3))
        #expect(taken?.id == second)
        #expect(taken?.idleFor == .seconds(3))
    }

    @Test func servesRequestsInOrder() throws {
        var machine = PoolStateMachine(maximumConnections: 1, maximumWaiters: 10)
        let connection = try open(&machine)
        let requests = (0..<4).map { _ in wait(&machine) }
        for request in requests {
            expect(machine.release(connection, isUsable: true, now: now).action, .hand(to: request))
        }
        expect(machine.release(connection, isUsable: true, now: now).action, .park)
    }

    @Test func newRequestsDoNotOvertakeWaitingOnes() throws {
        var machine = try machine(idle: 1, of: 1)
        let id = try takeIdle(&machine)
        let waiting = wait(&machine)
        // The release hands the connection over directly, so that no new request can take it in between.
        expect(machine.release(id, isUsable: true, now: now).action, .hand(to: waiting))
        expect(machine.takeIdle(now: now)?.id, nil)
    }

    @Test func doesNotServeWithdrawnRequests() throws {
        var machine = PoolStateMachine(maximumConnections: 1, maximumWaiters: 10)
        let connection = try open(&machine)
        let first = wait(&machine)
        let second = wait(&machine)
        let withdrawn = machine.withdraw(first)
        #expect(withdrawn)
        let again = machine.withdraw(first)
        #expect(!again)
        expect(machine.release(connection, isUsable: true, now: now).action, .hand(to: second))
        let late = machine.withdraw(second)
        #expect(!late)
    }

    @Test func rejectsWaitersOverTheLimit() throws {
        var machine = PoolStateMachine(maximumConnections: 1, maximumWaiters: 2)
        _ = try open(&machine)
        _ = wait(&machine)
        _ = wait(&machine)
        expect(machine.lease(machine.makeRequest(), now: now), .refuse(.tooManyWaiters))
    }

    @Test func replacesABrokenConnectionOnlyForWaiters() throws {
        var machine = PoolStateMachine(maximumConnections: 1, maximumWaiters: 10)
        let first = try open(&machine)
        let unneeded = machine.release(first, isUsable: false, now: now)
        #expect(unneeded.action == .close)
        #expect(unneeded.open == nil)
        #expect(machine.connectionCount == 0)
        let second = try open(&machine)
        let request = wait(&machine)
        let needed = machine.release(second, isUsable: false, now: now)
        #expect(needed.action == .close)
        let opening = try #require(needed.open)
        #expect(opening.delay == .zero)
        expect(machine.opened(opening.id, now: now).action, .hand(to: request))
    }

    @Test func triesAnAbsentServerWithOneConnectionAtATime() throws {
        var machine = PoolStateMachine(maximumConnections: 8, maximumWaiters: 100)
        var openings: [PoolStateMachine.Opening] = []
        for _ in 0..<5 {
            if case .wait(let opening?) = machine.lease(machine.makeRequest(), now: now) { openings.append(opening) }
        }
        #expect(openings.count == 5)
        var retries: [PoolStateMachine.Opening] = []
        for opening in openings {
            if let retry = machine.openFailed(opening.id, now: now, jitter: 0.5) { retries.append(retry) }
        }
        #expect(retries.count == 1)
        expect(machine.lease(machine.makeRequest(), now: now), .wait(open: nil))
        // The server is back: the other connections follow.
        let (action, others) = machine.opened(retries[0].id, now: now)
        #expect(action != .park)
        #expect(others.count == 5)
        #expect(others.allSatisfy { $0.delay == .zero })
    }

    @Test func backsOffUpToTheMaximum() throws {
        var machine = PoolStateMachine(maximumConnections: 1, maximumWaiters: 10)
        guard case .wait(let opening?) = machine.lease(machine.makeRequest(), now: now) else {
            throw UnexpectedAction()
        }
        var id = opening.id
        var delays: [Duration] = []
        for _ in 0..<8 {
            let next = machine.openFailed(id, now: now, jitter: 1)
            let retry = try #require(next)
            delays.append(retry.delay)
            id = retry.id
        }
        #expect(delays == [50, 100, 200, 400, 800, 1_600, 2_000, 2_000].map { .milliseconds($0) })
    }

    @Test func stopsRetryingWithoutWaiters() throws {
        var machine = PoolStateMachine(maximumConnections: 1, maximumWaiters: 10)
        let request = machine.makeRequest()
        guard case .wait(let opening?) = machine.lease(request, now: now) else { throw UnexpectedAction() }
        let next = machine.openFailed(opening.id, now: now, jitter: 0)
        let retry = try #require(next)
        _ = machine.withdraw(request)
        let shouldOpen = machine.shouldOpen(retry.id)
        #expect(!shouldOpen)
        #expect(machine.connectionCount == 0)
        // The next request respects the running pause.
        guard case .wait(let later?) = machine.lease(machine.makeRequest(), now: now) else { throw UnexpectedAction() }
        #expect(later.delay == .milliseconds(25))
        expect(machine.openFailed(later.id, now: now + .seconds(9), jitter: 0)?.delay, .milliseconds(50))
    }

    @Test func keepsAConnectionThatNoRequestNeedsAnyLonger() throws {
        var machine = PoolStateMachine(maximumConnections: 1, maximumWaiters: 10)
        let request = machine.makeRequest()
        guard case .wait(let opening?) = machine.lease(request, now: now) else { throw UnexpectedAction() }
        _ = machine.withdraw(request)
        expect(machine.opened(opening.id, now: now).action, .park)
        #expect(machine.idleCount == 1)
    }

    @Test func closingRejectsWaitersAndClosesReturnedConnections() throws {
        var machine = try machine(idle: 2)
        let leased = try takeIdle(&machine)
        _ = try takeIdle(&machine)
        let waiting = wait(&machine)
        let closed = machine.close()
        #expect(closed.connections.isEmpty)
        #expect(closed.requests == [waiting])
        expect(machine.lease(machine.makeRequest(), now: now), .refuse(.closed))
        expect(machine.takeIdle(now: now)?.id, nil)
        expect(machine.release(leased, isUsable: true, now: now).action, .close)
        #expect(machine.leasedCount == 1)
    }

    @Test func closingClosesIdleConnectionsAtOnce() throws {
        var machine = try machine(idle: 2)
        expect(machine.close().connections.count, 2)
        #expect(machine.connectionCount == 0)
    }

    /// For random events in random order, the bounds hold, and every request is answered.
    @Test(arguments: 0..<20)
    func keepsItsBoundsUnderRandomEvents(seed: Int) {
        var random = Xoshiro256(seed: UInt64(seed))
        var machine = PoolStateMachine(maximumConnections: 3, maximumWaiters: 6)
        var leased: Set<PoolStateMachine.ConnectionID> = []
        var opening: Set<PoolStateMachine.ConnectionID> = []
        var waiting: [PoolStateMachine.RequestID] = []
        func serve(_ action: PoolStateMachine.FreeAction, _ id: PoolStateMachine.ConnectionID) {
            guard case .hand(let request) = action else { return }
            #expect(waiting.first == request)
            waiting.removeFirst()
            leased.insert(id)
        }
        for _ in 0..<2_000 {
            switch Int.random(in: 0..<7, using: &random) {
            case 0, 1:
                if let (id, _) = machine.takeIdle(now: now) {
                    expect(leased.insert(id).inserted, true)
                    continue
                }
                let request = machine.makeRequest()
                switch machine.lease(request, now: now) {
                case .use(let id): expect(leased.insert(id).inserted, true)
                case .wait(let open):
                    waiting.append(request)
                    if let open { opening.insert(open.id) }
                case .refuse: #expect(waiting.count == 6)
                }
            case 2, 3:
                guard let id = leased.randomElement(using: &random) else { continue }
                leased.remove(id)
                let (action, open) = machine.release(id, isUsable: .random(using: &random), now: now)
                serve(action, id)
                if let open { opening.insert(open.id) }
            case 4:
                guard let id = opening.randomElement(using: &random) else { continue }
                opening.remove(id)
                guard machine.shouldOpen(id) else { continue }
                let (action, others) = machine.opened(id, now: now)
                serve(action, id)
                for other in others { opening.insert(other.id) }
            case 5:
                guard let id = opening.randomElement(using: &random) else { continue }
                opening.remove(id)
                guard machine.shouldOpen(id) else { continue }
                if let retry = machine.openFailed(id, now: now, jitter: 0) { opening.insert(retry.id) }
            default:
                guard let index = waiting.indices.randomElement(using: &random) else { continue }
                expect(machine.withdraw(waiting.remove(at: index)), true)
            }
            #expect(machine.connectionCount <= 3)
            #expect(machine.leasedCount == leased.count)
            #expect(machine.waitingCount == waiting.count)
            #expect(waiting.isEmpty || machine.idleCount == 0)
            #expect(waiting.isEmpty || !opening.isEmpty || !leased.isEmpty)
        }
    }
}
