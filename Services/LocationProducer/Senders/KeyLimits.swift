import Access
import GRPCServer
import HTTPServer
import Models
import Persistence
import Quota
import RESTContract

/// The daily limits of API keys: a location costs one unit.
///
/// access-service counts other requests against the same accounts, and days and limits are the same there.
struct KeyLimits: Sendable {
    private let ledger: QuotaLedger
    private let days: EventDays
    private let standard: Int
    private let now: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - ledger: counts units.
    ///   - days: the days of keys that are limited to one event.
    ///   - standard: the units in a day of a key without a limit of its own.
    ///   - now: the clock.
    init(
        _ ledger: QuotaLedger,
        _ days: EventDays,
        standard: Int,
        now: @escaping @Sendable () -> Timestamp = { .now() }
    ) {
        self.ledger = ledger
        self.days = days
        self.standard = standard
        self.now = now
    }

    /// Counts locations of a key, all of them or none; other senders have no limit.
    ///
    /// Mostly from memory; it may wait a second for units that other replicas hold.
    ///
    /// - Parameters:
    ///   - locations: how many.
    ///   - sender: the sender of the locations.
    /// - Throws: ``KeyLimitReached``, ``KeyLimitUnavailable`` or `CancellationError`.
    func take(_ locations: Int, from sender: LocationSender) async throws {
        guard case .key(let key) = sender, locations > 0, let client = QuotaClient("key:\(key.account.text)") else {
            return
        }
        let now = self.now()
        let day = days.day(of: now, for: key.details.events)
        let limit = key.details.dailyLimit.map { Int($0) } ?? standard
        switch try await ledger.take(locations, of: client, limit: limit, on: day, now: now) {
        case .admitted: return
        case .refused(let standing): throw KeyLimitReached(limit: limit, seconds: day.seconds, standing: standing)
        case .unavailable: throw KeyLimitUnavailable()
        }
    }
}

/// The daily limit of a key does not allow all the locations.
struct KeyLimitReached: ProblemConvertible, RPCErrorConvertible {
    /// The units of a day.
    let limit: Int
    /// The length of the day in seconds.
    let seconds: Int
    /// What is left.
    let standing: QuotaStanding

    private static let detail =
        "The daily limit of this API key is used up, or does not suffice for all these locations."

    private var retryAfter: Int { max(1, standing.secondsToReset) }

    /// 429 with the fields that say what is left, and until when.
    var problem: Problem {
        let policy = RateLimitPolicy(name: "daily", quota: limit, window: seconds)
        return Problem(
            .tooManyRequests,
            Self.detail,
            type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
            headers: [
                "RateLimit-Policy": RateLimitFields.policy([policy]),
                "RateLimit": RateLimitFields.limit(
                    "daily",
                    remaining: standing.remaining,
                    secondsToReset: standing.secondsToReset
                ),
                "Retry-After": String(retryAfter),
            ]
        )
    }

    /// `RESOURCE_EXHAUSTED` with the time until the next day.
    var rpcError: RPCError {
        RPCError(.resourceExhausted, Self.detail, details: [.retry(after: .seconds(retryAfter))])
    }
}

/// The daily limit of a key cannot be checked, because the database is unavailable and the leased units are used up.
struct KeyLimitUnavailable: ProblemConvertible, RPCErrorConvertible {
    private static let detail = "The daily limit of this API key cannot be checked at this moment: try again shortly."

    /// 503.
    var problem: Problem { .unavailable(Self.detail) }
    /// `UNAVAILABLE`.
    var rpcError: RPCError { RPCError(.unavailable, Self.detail, details: [.retry(after: .seconds(1))]) }
}
