import Observability
import Persistence

/// Reloads the index when locations were removed from the database at the end of their retention.
struct RemovalWatch: Sendable {
    let index: IndexState
    let events: EventStore
    let logger: Logger

    /// Follows removals until the task is cancelled.
    func run() async throws {
        var isListening = false
        try await ChangeFollower("Not listening for removed locations", logger, listen: events.removals).run { change in
            // The index is loaded after the process begins to listen, so the first report concerns nothing that it has.
            if change != .missed || isListening { index.withMembership { $0.needsReload = true } }
            isListening = true
        }
    }
}

/// The index has locations that were removed from the database.
struct IndexOutdated: Error {}
