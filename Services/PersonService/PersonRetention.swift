import Observability
import Persistence

/// Removes what is needed no more: pauses 30 days after their end, acquaintances after 30 days, and nudges after a day.
struct PersonRetention: Sendable {
    let pauses: PauseStore
    let persons: PersonStore
    let nudges: NudgeStore
    let logger: Logger

    /// The time between two passes.
    private static let interval = Duration.seconds(3_600)

    /// Runs every hour until it is cancelled.
    func run() async throws {
        while true {
            do {
                _ = try await pauses.removeExpired()
                _ = try await persons.removeExpiredAcquaintances()
                _ = try await nudges.removeOld()
            } catch let error where !(error is CancellationError) {
                logger.warning("Could not remove expired pauses, acquaintances and nudges", error: error)
            }
            try await Task.sleep(for: Self.interval)
        }
    }
}
