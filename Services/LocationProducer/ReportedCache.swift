import Persistence

/// A cache of database rows, whose changes the database reports.
protocol ReportedCache<ID>: Sendable {
    associatedtype ID: Hashable & Sendable

    /// Evicts a changed row.
    func forget(_ id: ID)
    /// Evicts all rows, since changes may have been missed, and caches rows from now on.
    func beginListening()
    /// Evicts all rows and caches none, since changes are not reported.
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
