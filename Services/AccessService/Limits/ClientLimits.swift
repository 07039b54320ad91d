import Access
import Models
import Quota

/// How much a client may ask for: units in a day, exact across replicas, and requests at once, in each replica.
struct ClientLimits: Sendable {
    /// The limits of identities that have none of their own.
    struct Settings: Sendable {
        /// The units of a person in a day.
        var attendee = 10_000
        /// The units of an organiser or operator in a day.
        var staff = 100_000
        /// The units in a day of a key without a limit of its own.
        var key = 100_000
        /// The requests of each of them in a second.
        var burst = 200
    }

    /// What a request costs, and who pays.
    struct Charge: Sendable {
        let client: QuotaClient
        let limit: Int
        let units: Int
        /// The events to which the key or the role is limited; the day is that of a single one.
        let events: Set<EventID>
    }

    /// Whether a request is within the limits; the fields tell the client.
    enum Verdict: Sendable {
        case admitted(Fields)
        case refused(Fields, retryAfter: Int)
        case unavailable
    }

    /// The values of `RateLimit-Policy` and `RateLimit`.
    struct Fields: Sendable {
        let policy: String
        let limit: String
    }

    private let settings: Settings
    private let ledger: QuotaLedger
    private let burst: BurstLimit
    private let days: EventDays

    init(_ settings: Settings, _ ledger: QuotaLedger, _ days: EventDays) {
        self.settings = settings
        self.ledger = ledger
        self.days = days
        burst = BurstLimit(BurstRate(units: settings.burst, seconds: 1))
    }

    /// What a sender's request costs; `nil` for an identity that no limit applies to.
    func charge(_ sender: Authenticator.Sender, units: Int) -> Charge? {
        guard let client = QuotaClient(sender.account ?? sender.identity.subject) else { return nil }
        let roles = sender.identity.roles
        let limit =
            if roles.contains(.client) {
                sender.dailyLimit.map { Int($0) } ?? settings.key
            } else {
                roles.isDisjoint(with: [.organiser, .operator]) ? settings.attendee : settings.staff
            }
        return Charge(client: client, limit: limit, units: units, events: sender.identity.events)
    }

    /// Counts a request, if the limits allow it; a refusal costs nothing of the daily limit.
    ///
    /// - Returns: the verdict.
    /// - Throws: `CancellationError`.
    func take(_ charge: Charge, now: Timestamp) async throws -> Verdict {
        let day = days.day(of: now, for: charge.events)
        let policy = RateLimitFields.policy([
            RateLimitPolicy(name: "daily", quota: charge.limit, window: day.seconds),
            RateLimitPolicy(name: "burst", quota: settings.burst, window: 1),
        ])
        if case .refused(let remaining, let seconds) = burst.take(1, of: charge.client) {
            let limit = RateLimitFields.limit("burst", remaining: remaining, secondsToReset: seconds)
            return .refused(Fields(policy: policy, limit: limit), retryAfter: seconds)
        }
        func fields(_ standing: QuotaStanding) -> Fields {
            let (remaining, seconds) = (standing.remaining, standing.secondsToReset)
            return Fields(
                policy: policy,
                limit: RateLimitFields.limit("daily", remaining: remaining, secondsToReset: seconds)
            )
        }
        switch try await ledger.take(charge.units, of: charge.client, limit: charge.limit, on: day, now: now) {
        case .admitted(let standing): return .admitted(fields(standing))
        case .refused(let standing):
            return .refused(fields(standing), retryAfter: max(1, standing.secondsToReset))
        case .unavailable: return .unavailable
        }
    }
}
