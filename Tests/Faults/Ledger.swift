import Synchronization

/// Which fixes were acknowledged: what must be stored, whatever else happens.
final class Ledger: Sendable {
    private let fixes = Mutex<[Fix]>([])

    /// How many acknowledgements there were.
    var count: Int { fixes.withLock { $0.count } }

    /// Notes that the answer to a batch was 2xx.
    func acknowledge(_ batch: [Fix]) {
        fixes.withLock { $0 += batch }
    }

    /// Each fix once, by person and time, which say the place.
    var sorted: [Fix] {
        var sorted = fixes.withLock { $0 }
        sorted.sort()
        var last: Fix?
        sorted.removeAll { fix in
            defer { last = fix }
            return fix == last
        }
        return sorted
    }
}
