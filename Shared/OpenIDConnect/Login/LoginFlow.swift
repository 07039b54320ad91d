internal import Credentials
internal import HTTPClient
internal import JSON

/// Logs persons in at an issuer: authorization code with PKCE (OpenID Connect Core 1.0, section 3.1; RFC 9700).
///
/// ```swift
/// let (address, pending) = flow.begin(returnTo: path)   // store pending, send the browser to address
/// let person = try await flow.complete(pending, callback)
/// ```
///
/// It keeps nothing between the two calls. Tokens never leave it: the caller gets the person.
package struct LoginFlow: Sendable {
    /// How long the token endpoint may take.
    package static let timeout = Duration.seconds(5)

    private let issuer: IssuerMetadata
    private let client: LoginClient
    private let verifier: TokenVerifier
    private let now: @Sendable () -> NumericDate
    private let web: WebClient

    /// - Parameters:
    ///   - issuer: the issuer.
    ///   - client: our registration there.
    ///   - keys: the issuer's keys.
    ///   - maximumExchanges: how many codes may be redeemed at a time.
    ///   - timeout: how long the token endpoint may take.
    ///   - now: the clock.
    package init(
        _ issuer: IssuerMetadata,
        _ client: LoginClient,
        keys: any KeyLookup,
        maximumExchanges: Int = 8,
        timeout: Duration = timeout,
        now: @escaping @Sendable () -> NumericDate = NumericDate.now
    ) {
        self.issuer = issuer
        self.client = client
        self.now = now
        verifier = TokenVerifier(algorithms: issuer.algorithms, keys: keys, now: now)
        web = WebClient(
            maximumRequests: maximumExchanges,
            timeout: timeout,
            maximumBytes: TokenAnswer.maximumLength
        )
    }

    /// Begins a login.
    ///
    /// - Parameters:
    ///   - path: where the browser goes after the login.
    ///   - maximumAge: how long ago the person may have authenticated, in seconds; for actions that demand a fresh login.
    ///   - asksAgain: whether the issuer must ask the person again, even within that time.
    /// - Returns: the URL for the browser, the `state` in it for a cookie, and what the caller stores.
    package func begin(
        returnTo path: LocalPath,
        maximumAge: Int64? = nil,
        asksAgain: Bool = false
    ) -> (address: String, state: String, pending: PendingLogin) {
        let (state, nonce, secret) = (Self.random(), Self.random(), Self.random())
        let fields = FormFields([
            "response_type": "code",
            "client_id": client.id,
            "redirect_uri": client.redirect,
            "scope": client.scopes.joined(separator: " "),
            "state": state,
            "nonce": nonce,
            "code_challenge": Base64URL.encode(SHA256Text.digest(secret)),
            "code_challenge_method": "S256",
            "max_age": maximumAge.map(String.init),
            "prompt": asksAgain ? "login" : nil,
        ])
        let pending = PendingLogin(
            stateDigest: PendingLogin.digest(ofState: state),
            nonce: nonce,
            verifier: secret,
            returnPath: path,
            maximumAge: maximumAge,
            begunAt: now()
        )
        return (issuer.authorizationEndpoint.with(fields.text), state, pending)
    }

    /// Completes a login: redeems the code, and checks the ID token.
    ///
    /// Takes 7 s at most, for the code and for the issuer's keys.
    ///
    /// - Parameters:
    ///   - pending: the login, which the caller has removed from its store.
    ///   - callback: the browser's parameters.
    /// - Returns: the person.
    /// - Throws: the first check that failed.
    package func complete(_ pending: PendingLogin, _ callback: LoginCallback) async throws(LoginFailure) -> LoggedIn {
        guard pending.matches(state: callback.state) else { throw .state }
        guard !pending.isOver(at: now()) else { throw .expired }
        // A code of one issuer must not be sent to another one (RFC 9207).
        guard callback.issuer.map({ $0 == issuer.issuer }) ?? !issuer.namesIssuerInCallbacks else { throw .issuer }
        guard let code = callback.code, !code.isEmpty else { throw .refused }
        let answer = try await redeem(code, pending.verifier)
        let rules = IDTokenRules(
            issuer: issuer.issuer,
            client: client.id,
            nonce: pending.nonce,
            maximumAge: pending.maximumAge,
            accessToken: answer.accessToken
        )
        do throws(TokenFailure) {
            return try await verifier.check(answer.idToken, by: rules)
        } catch {
            throw LoginFailure(error)
        }
    }

    private func redeem(_ code: String, _ verifier: String) async throws(LoginFailure) -> TokenAnswer {
        let credentials = client.credentials
        let fields = FormFields([
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": client.redirect,
            "code_verifier": verifier,
            "client_id": credentials == nil ? client.id : nil,
        ])
        let answer: WebClient.Answer
        do throws(HTTPClientError) {
            answer = try await web.post(form: fields, to: issuer.tokenEndpoint.text, credentials: credentials)
        } catch {
            throw error.code == .tooLong ? .answer : .unavailable
        }
        guard answer.status < 500, answer.status != 429 else { throw .unavailable }
        guard answer.status == 200 else { throw .exchange(status: answer.status) }
        guard let tokens = TokenAnswer(answer.body) else { throw .answer }
        return tokens
    }

    /// 256 random bits as 43 characters.
    private static func random() -> String {
        var source = SystemRandomNumberGenerator()
        return Base64URL.encode((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &source) })
    }
}
