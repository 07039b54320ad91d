import Concurrency
import Quota
import Synchronization

/// A database in memory, whose statements can wait and fail.
final class MemoryLeases: LeaseStore {
    /// The database is away.
    struct Away: Error {}

    private struct State {
        var table = LeaseTable()
        var isAway = false
        var isClosed = false
        var statements = 0
        var gate = WaitList<Void>()
        var readers: [Int: Reader] = [:]
    }

    private final class Reader: Sendable {
        let notices = Mutex(Notices())
    }

    private struct Notices {
        var pending: [QuotaNotice] = []
        var waiting = WaitList<QuotaNotice>()
    }

    private let state = Mutex(State())
    private let clock: TestClock

    init(clock: TestClock) {
        self.clock = clock
    }

    /// Whether statements fail before they take effect.
    var isAway: Bool {
        get { state.withLock { $0.isAway } }
        set { state.withLock { $0.isAway = newValue } }
    }
    /// The statements so far.
    var statements: Int { state.withLock { $0.statements } }
    /// The statements that wait at the gate.
    var waiting: Int { state.withLock { $0.gate.count } }

    /// Lets statements wait from now on.
    func close() { state.withLock { $0.isClosed = true } }

    /// Lets all statements go on.
    func open() {
        let waiters = state.withLock { state in
            state.isClosed = false
            return state.gate.takeAll()
        }
        for waiter in waiters { waiter.resume() }
    }

    func used(_ account: QuotaAccount) -> Int { state.withLock { $0.table.used[account, default: 0] } }

    private func run<Value: Sendable>(_ body: @Sendable (inout LeaseTable) -> Value) async throws -> Value {
        state.withLock { $0.statements += 1 }
        _ = await state.wait(in: \.gate) { $0.isClosed ? nil : () }
        let (value, notices, readers) = try state.withLock { state in
            guard !state.isAway else { throw Away() }
            let value = body(&state.table)
            defer { state.table.notices = [] }
            return (value, state.table.notices, Array(state.readers.values))
        }
        for notice in notices {
            for reader in readers {
                let waiter = reader.notices.withLock { state -> WaitList<QuotaNotice>.Waiter? in
                    if let waiter = state.waiting.takeFirst() { return waiter }
                    state.pending.append(notice)
                    return nil
                }
                waiter?.resume(returning: notice)
            }
        }
        return value
    }

    func acquire(_ request: LeaseRequest, for holder: LeaseHolder) async throws -> LeaseAnswer {
        let second = clock.second
        return try await run { $0.acquire(request, for: holder, at: second) }
    }

    func units(of lease: LeaseName, from holder: LeaseHolder) async throws -> Int? {
        try await run { $0.units(of: lease, from: holder) }
    }

    func giveBack(_ rests: [LeaseRest], from holder: LeaseHolder) async throws {
        try await run { $0.giveBack(rests, from: holder) }
    }

    func followNotices(_ apply: @Sendable (QuotaNotice) -> Void) async throws {
        let reader = Reader()
        let number = Int.random(in: 1...Int.max)
        state.withLock { $0.readers[number] = reader }
        defer { state.withLock { $0.readers[number] = nil } }
        apply(.missed)
        while let notice = await reader.notices.wait(
            in: \.waiting,
            unless: { $0.pending.isEmpty ? nil : $0.pending.removeFirst() }
        ) {
            apply(notice)
        }
        throw CancellationError()
    }
}

/// A monotonic clock that tests set.
final class TestClock: Sendable {
    private let time = Mutex<Int64>(1_000_000_000_000)

    /// Advances by seconds.
    func advance(_ seconds: Int64) { time.withLock { $0 += seconds * 1_000_000_000 } }
    @Sendable func now() -> Int64 { time.withLock { $0 } }
    var second: Int { Int(now() / 1_000_000_000) }
}
