import Models
import Observability
import Persistence

/// Removes old rows of access-service.
///
/// It removes sessions that have ended or were idle too long, claims 30 days after their end, counters of daily limits
/// after a week, and audit records after 400 days.
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
                // A removed counter starts at zero again, so keep those of days that a wrong clock may return to.
                try await quota.removeDays(before: CalendarDate(daysSince1970: Timestamp.now().day.daysSince1970 - 7))
            } catch let error where !(error is CancellationError) {
                logger.warning("Could not remove expired sessions, claims and records", error: error)
            }
            try await Task.sleep(for: Self.interval)
        }
    }
}
