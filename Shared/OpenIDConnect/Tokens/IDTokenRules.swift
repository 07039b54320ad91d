internal import Credentials

/// What a login demands of the ID token that completes it (OpenID Connect Core 1.0, section 3.1.3.7).
package struct IDTokenRules: Sendable {
    private let rules: TokenRules
    private let nonce: String
    private let maximumAge: Int64?
    private let accessToken: String?

    /// - Parameters:
    ///   - issuer: the issuer; compared byte by byte.
    ///   - client: our name at the issuer.
    ///   - nonce: the login's.
    ///   - maximumAge: how long ago the person may have authenticated, in seconds; `nil` without a limit.
    ///   - accessToken: the access token that came with it, if any.
    package init(issuer: String, client: String, nonce: String, maximumAge: Int64?, accessToken: String?) {
        rules = TokenRules(issuer: issuer, audience: client)
        self.nonce = nonce
        self.maximumAge = maximumAge
        self.accessToken = accessToken
    }

    /// Checks the claims of a token whose signature matches.
    func check(_ claims: TokenClaims, at now: NumericDate) throws(TokenRejection) -> LoggedIn {
        let (subject, _, _) = try rules.check(claims, at: now)
        // A token for several readers names the one that asked for it.
        guard claims.authorizedParty.map({ $0 == rules.audience }) ?? (claims.audience.count == 1) else {
            throw .client
        }
        guard claims.nonce == nonce else { throw .nonce }
        try checkAuthenticationTime(claims.authenticationTime, at: now)
        if let hash = claims.accessTokenHash {
            guard let accessToken, hash == Self.hash(of: accessToken) else { throw .accessTokenHash }
        }
        return LoggedIn(
            issuer: rules.issuer,
            subject: subject,
            name: LoggedIn.shown(claims.name),
            email: LoggedIn.shown(claims.email),
            isEmailVerified: claims.isEmailVerified,
            authenticatedAt: claims.authenticationTime,
            authenticationMethods: claims.authenticationMethods,
            authenticationClass: claims.authenticationClass
        )
    }

    private func checkAuthenticationTime(_ time: NumericDate?, at now: NumericDate) throws(TokenRejection) {
        guard let time else {
            guard maximumAge == nil else { throw .authenticationTime }
            return
        }
        let age = now.seconds(since: time)
        guard age >= -TokenRules.skew, age <= maximumAge.map({ $0 + TokenRules.skew }) ?? .max else {
            throw .authenticationTime
        }
    }

    /// The left half of an access token's SHA-256, which all our algorithms use.
    static func hash(of accessToken: String) -> String {
        Base64URL.encode(Array(SHA256Text.digest(accessToken).prefix(16)))
    }
}
