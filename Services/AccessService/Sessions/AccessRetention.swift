import Models
import Observability
import Persistence

/// Removes sessions and claims that do not count any more, counters of a week ago, and records of the audit after 400 days.
struct AccessRetention: Sendable {
    let sessions: SessionStore
    let claims: ClaimStore
    let audit: AuditStore
    let quota: QuotaStore
    let logger: Logger

    /// The time between two passes.
    private static let interval = Duration.seconds(3_600)

    /// Runs every hour until it is cancelled.
    func run() async throws {
        while true {
            do {
                try await sessions.removeExpired()
                try await claims.removeExpired()
                _ = try await audit.removeExpired()
                // A day that a wrong clock begins again must not begin at zero.
                try await quota.removeDays(before: CalendarDate(daysSince1970: Timestamp.now().day.daysSince1970 - 7))
            } catch let error where !(error is CancellationError) {
                logger.warning("Could not remove expired sessions, claims and records", error: error)
            }
            try await Task.sleep(for: Self.interval)
        }
    }
}
