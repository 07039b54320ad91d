import Synchronization

/// Whether the disk has room for more locations, by the last measurement.
final class StorageLevel: Sendable {
    private let isLowNow = Atomic(false)

    /// Whether locations are rejected.
    var isLow: Bool { isLowNow.load(ordering: .relaxed) }

    /// Stores a measurement; returns whether the state has changed.
    func note(isLow: Bool) -> Bool {
        isLowNow.exchange(isLow, ordering: .relaxed) != isLow
    }
}
