import Quota
import RESTTestSupport
import Synchronization

@testable import LocationProducer

/// The counters of daily limits in memory.
final class InMemoryLeases: LeaseStore {
    private let used = Mutex<[QuotaAccount: Int]>([:])

    func acquire(_ request: LeaseRequest, for holder: LeaseHolder) async throws -> LeaseAnswer {
        used.withLock { used in
            let left = request.limit - used[request.lease.account, default: 0]
            guard request.needed <= left else { return .refused(left: left, held: 0) }
            used[request.lease.account, default: 0] += request.needed
            return .granted(request.needed, left: left - request.needed)
        }
    }

    func units(of lease: LeaseName, from holder: LeaseHolder) async throws -> Int? { nil }
    func giveBack(_ rests: [LeaseRest], from holder: LeaseHolder) async throws {}
    func followNotices(_ apply: @Sendable (QuotaNotice) -> Void) async throws {
        try await Task.sleep(for: .seconds(86_400))
    }
}

/// Daily limits whose ledger runs until `body` ends.
///
/// - Parameters:
///   - standard: the units of a key without a limit of its own.
///   - body: uses the limits.
/// - Throws: what `body` throws.
func withKeyLimits(standard: Int = 100, _ body: (KeyLimits) async throws -> Void) async throws {
    let ledger = QuotaLedger(store: InMemoryLeases(), logger: .silent)
    try await withThrowingTaskGroup { group in
        group.addTask { try await ledger.run() }
        defer { group.cancelAll() }
        try await body(KeyLimits(ledger, EventDays(logger: .silent) { [:] }, standard: standard, now: { noon }))
    }
}

extension KeyLimits {
    /// Limits for tests without keys; a key would wait.
    static let unused = KeyLimits(
        QuotaLedger(store: InMemoryLeases(), logger: .silent),
        EventDays(logger: .silent) { [:] },
        standard: 1
    )
}
