import Persistence

/// Keeps rows of the database in memory while the database reports their changes.
protocol ReportedCache<ID>: Sendable {
    associatedtype ID: Hashable & Sendable

    /// Evicts a row that has changed.
    func forget(_ id: ID)
    /// Evicts all rows, since changes may have been missed, and keeps rows from now on.
    func beginListening()
    /// Evicts all rows and keeps none, since changes are not reported.
    func endListening()
}

extension ReportedCache {
    /// Follows the changes until the task is cancelled.
    func follow(_ changes: ChangeFollower<ID>) async throws {
        try await changes.run(
            { change in
                switch change {
                case .changed(let id): forget(id)
                case .missed: beginListening()
                }
            },
            whenInterrupted: endListening
        )
    }
}
