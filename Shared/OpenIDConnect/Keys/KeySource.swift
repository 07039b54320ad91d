internal import Concurrency
internal import HTTPClient
package import Observability
internal import Synchronization

/// The current keys of an issuer, fetched over HTTP and kept.
///
/// * Keys are kept for the answer's `max-age`, within 5 min…24 h. ``refresh()`` fetches them again after half of that.
/// * An unknown `kid` fetches them again, at most once in 30 s for all callers: a flood of invented ones is no attack on the
///   issuer.
/// * While the issuer does not answer, its keys stay for 24 h. After that, tokens are neither accepted nor rejected.
package final class KeySource: KeyLookup {
    /// How long a fetch may take.
    package static let timeout = Duration.seconds(2)

    private struct State {
        var cache = KeyCache()
        var waiting = WaitList<Void>()
    }

    private let address: EndpointAddress
    private let client: WebClient
    private let logger: Logger
    private let clock: @Sendable () -> Int64
    private let state = Mutex(State())

    /// Nothing is fetched yet.
    ///
    /// - Parameters:
    ///   - address: the issuer's JWK set.
    ///   - logger: reports failed fetches.
    ///   - timeout: how long a fetch may take.
    ///   - clock: the monotonic time, in nanoseconds.
    package init(
        _ address: EndpointAddress,
        logger: Logger,
        timeout: Duration = timeout,
        clock: @escaping @Sendable () -> Int64 = MonotonicClock.now
    ) {
        self.address = address
        self.logger = logger
        self.clock = clock
        client = WebClient(maximumRequests: 1, timeout: timeout, maximumBytes: SigningKeys.maximumLength)
    }

    /// Fetches the keys the first time, and again after half of their lifetime.
    ///
    /// Call it at the start and once a minute; then no token waits for a fetch, except one with an unknown `kid`.
    package func refresh() async {
        let now = clock()
        guard state.withLock({ $0.cache.isDue(at: now) && $0.cache.begin(at: now) }) else { return }
        await fetch()
    }

    /// Whether there are keys, for a service's readiness.
    package var hasKeys: Bool {
        let now = clock()
        return state.withLock { $0.cache.keys(at: now) != nil }
    }

    /// The key that a token's header means; fetches keys if needed.
    package func key(of header: TokenHeader) async throws(TokenFailure) -> VerificationKey {
        let now = clock()
        let (keys, isStale) = state.withLock { ($0.cache.keys(at: now), $0.cache.isStale(at: now)) }
        let known = try Self.key(of: header, keys)
        if let known, !isStale { return known }
        let begins = state.withLock { $0.cache.begin(at: now) }
        if begins {
            await fetch()
        } else if known == nil {
            await state.wait(in: \.waiting) { $0.cache.isFetching ? nil : () }
        }
        let (latest, hasFailed) = state.withLock { ($0.cache.keys(at: clock()), $0.cache.hasFailed) }
        guard latest != nil else { throw .unavailable }
        if let key = try Self.key(of: header, latest) { return key }
        // The key may be new; without an answer of the issuer this cannot be decided.
        throw hasFailed ? .unavailable : .rejected(.unknownKey)
    }

    private static func key(
        of header: TokenHeader,
        _ keys: SigningKeys?
    ) throws(TokenFailure) -> VerificationKey? {
        do throws(TokenRejection) { return try keys?.find(header) } catch { throw .rejected(error) }
    }

    /// Fetches the keys; the caller has begun it.
    private func fetch() async {
        do {
            let answer = try await client.get(address.text)
            guard answer.status == 200 else { throw UnexpectedStatus(status: answer.status) }
            let keys = try SigningKeys(answer.body)
            let now = clock()
            end { $0.succeed(keys, for: Self.lifetime(answer.cacheControl), at: now) }
        } catch {
            let code = (error as? HTTPClientError)?.code.rawValue ?? "answer"
            logger.warning("Could not fetch the issuer's keys", error: error, [.errorCode: .string(code)])
            end { $0.fail() }
        }
    }

    private func end(_ change: (inout KeyCache) -> Void) {
        let waiting = state.withLock { state in
            change(&state.cache)
            return state.waiting.takeAll()
        }
        for waiter in waiting { waiter.resume() }
    }

    /// `max-age` of a header `Cache-Control`; `nil` without one.
    static func lifetime(_ header: String?) -> Duration? {
        for directive in (header ?? "").lowercased().split(whereSeparator: { $0 == "," || $0 == " " }) {
            let parts = directive.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0] == "max-age" else { continue }
            return UInt32(parts[1]).map { .seconds(Int64($0)) }
        }
        return nil
    }
}
