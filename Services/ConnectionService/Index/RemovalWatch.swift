import Models
import Observability
import Persistence

/// Reloads the index after the database has removed locations at the end of their retention.
struct RemovalWatch: Sendable {
    let index: IndexState
    let events: EventStore
    let logger: Logger

    /// Follows removals until the task is cancelled.
    func run() async throws {
        var isListening = false
        try await ChangeFollower("Not listening for removed locations", logger, listen: events.removals).run { change in
            // The first report says that the process now listens. The index is loaded later, so it is not outdated.
            if change != .missed || isListening { index.withMembership { $0.needsReload = true } }
            isListening = true
        }
    }
}

/// Removes a person's locations of a time that the person wants forgotten.
struct ForgettingWatch: Sendable {
    let index: IndexState
    let pauses: PauseStore
    let logger: Logger
    /// The clock.
    var now: @Sendable () -> Timestamp = { .now() }

    /// Follows reports until the task is cancelled.
    func run() async throws {
        var isListening = false
        try await ChangeFollower("Not listening for forgotten times", logger, listen: pauses.forgettings).run {
            change in
            switch change {
            case .changed(let time): index.forget(time, at: now())
            case .missed:
                // As for removals; which times are forgotten is not known.
                if isListening { index.withMembership { $0.needsReload = true } }
                isListening = true
            }
        }
    }
}

/// The index has locations that were removed from the database.
struct IndexOutdated: Error {}
