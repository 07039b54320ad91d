import Synchronization

/// The acknowledged fixes.
///
/// All of them must be stored, whatever else happens.
final class Ledger: Sendable {
    private let fixes = Mutex<[Fix]>([])

    /// The number of acknowledgements.
    var count: Int { fixes.withLock { $0.count } }

    /// Records that a batch was answered with 2xx.
    func acknowledge(_ batch: [Fix]) {
        fixes.withLock { $0 += batch }
    }

    /// The distinct fixes, ordered by person and time; these determine the place.
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
