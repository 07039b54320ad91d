import Synchronization

/// Whether the disk has room for more locations, as it was last measured.
final class StorageLevel: Sendable {
    private let isLowNow = Atomic(false)

    /// Whether locations are refused.
    var isLow: Bool { isLowNow.load(ordering: .relaxed) }

    /// Notes a measurement; returns whether the answer has changed.
    func note(isLow: Bool) -> Bool {
        isLowNow.exchange(isLow, ordering: .relaxed) != isLow
    }
}
