internal import Concurrency

/// The state of a ``KeySource``: the keys, their age, and when they may be fetched again.
///
/// Times are nanoseconds of a monotonic clock.
struct KeyCache: Sendable {
    /// The bounds of `max-age`.
    static let lifetimes = Duration.seconds(300)...Duration.seconds(86_400)
    /// How long keys are used although the issuer does not answer.
    static let survival = Duration.seconds(86_400)
    /// The shortest time between two fetches.
    static let pause = Duration.seconds(30)
    /// The same while there are no keys and each token fails.
    static let shortPause = Duration.seconds(2)

    private var keys: SigningKeys?
    private var fetchedAt: Int64 = 0
    private var lifetime = lifetimes.lowerBound
    private var beganAt: Int64?
    private(set) var isFetching = false
    /// Whether the latest fetch has failed.
    private(set) var hasFailed = false

    /// The keys; `nil` before the first fetch, or after the issuer has not answered for too long.
    func keys(at now: Int64) -> SigningKeys? {
        now - fetchedAt < Self.survival.nanoseconds ? keys : nil
    }

    /// Whether the keys are missing or older than the issuer allows.
    func isStale(at now: Int64) -> Bool {
        keys == nil || now - fetchedAt >= lifetime.nanoseconds
    }

    /// Whether the keys are missing, or have half of their lifetime behind them.
    func isDue(at now: Int64) -> Bool {
        keys == nil || now - fetchedAt >= lifetime.nanoseconds / 2
    }

    /// Begins a fetch, which must end with ``succeed(_:for:at:)`` or ``fail()``.
    ///
    /// - Returns: `false` if one is in progress, or the latest one began too recently.
    mutating func begin(at now: Int64) -> Bool {
        let pause = keys(at: now) == nil ? Self.shortPause : Self.pause
        guard !isFetching, beganAt.map({ now - $0 >= pause.nanoseconds }) ?? true else { return false }
        (isFetching, beganAt) = (true, now)
        return true
    }

    /// Ends a fetch with new keys, which replace all others.
    mutating func succeed(_ keys: SigningKeys, for lifetime: Duration?, at now: Int64) {
        let lifetime = lifetime ?? Self.lifetimes.lowerBound
        self.lifetime = min(max(lifetime, Self.lifetimes.lowerBound), Self.lifetimes.upperBound)
        (self.keys, fetchedAt) = (keys, now)
        (isFetching, hasFailed) = (false, false)
    }

    /// Ends a fetch without keys.
    mutating func fail() {
        (isFetching, hasFailed) = (false, true)
    }
}
