import Concurrency
import HTTPClient
import Observability
import OpenIDConnect
import Synchronization

/// The issuer at which persons log in, and programs get access tokens: its endpoints, found by discovery, and its keys.
final class LoginIssuer: Sendable {
    /// Our registration at an issuer.
    struct Registration: Sendable {
        let issuer: EndpointAddress
        let client: LoginClient
        /// Our name in access tokens of programs; `nil` if none are accepted.
        let audience: String?
    }

    private struct State {
        var flow: LoginFlow?
        var keys: KeySource?
        var tokens: TokenVerifier?
    }

    private let registration: Registration
    private let logger: Logger
    private let state = Mutex(State())

    /// How long a discovery may take.
    private static let timeout = Duration.seconds(5)
    /// The time between two looks at the keys.
    private static let interval = Duration.seconds(60)

    init(_ registration: Registration, logger: Logger) {
        self.registration = registration
        self.logger = logger
    }

    /// The login flow; `nil` until the issuer has been reached.
    var flow: LoginFlow? { state.withLock { $0.flow } }

    /// Checks an access token of a program; mostly without a request to the issuer.
    func check(_ token: String) async throws(TokenFailure) -> AccessToken {
        guard let audience = registration.audience, let verifier = state.withLock({ $0.tokens }) else {
            throw .unavailable
        }
        return try await verifier.check(
            token,
            by: AccessTokenRules(issuer: registration.issuer.text, audience: audience)
        )
    }

    /// Finds the endpoints, and keeps the keys fresh, until it is cancelled.
    func run() async throws {
        try await retrying(Backoff(base: .seconds(1), cap: .seconds(60))) {
            try await discover()
        } whenFailed: { error, delay in
            logger.warning("Could not reach the issuer of logins", error: error, [.delay: .seconds(delay)])
        }
        while true {
            await state.withLock { $0.keys }?.refresh()
            try await Task.sleep(for: Self.interval)
        }
    }

    /// Finds the endpoints; keys are fetched once they are needed.
    func discover() async throws {
        let client = WebClient(
            maximumRequests: 1,
            timeout: Self.timeout,
            maximumBytes: IssuerMetadata.maximumLength
        )
        let metadata = try await IssuerMetadata.fetch(of: registration.issuer, by: client)
        let keys = KeySource(metadata.keys, logger: logger)
        let flow = LoginFlow(metadata, registration.client, keys: keys)
        let tokens = TokenVerifier(algorithms: metadata.algorithms, keys: keys)
        state.withLock { $0 = State(flow: flow, keys: keys, tokens: tokens) }
    }
}
