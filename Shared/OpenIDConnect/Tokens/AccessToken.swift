/// A request's authorization that an issuer has signed (RFC 9068).
package struct AccessToken: Equatable, Sendable {
    /// The issuer.
    package let issuer: String
    /// The subject of the token, unique at the issuer: a person, or the client itself.
    package let subject: String
    /// The client that the issuer gave the token.
    package let client: String
    /// What the token allows.
    package let scopes: Set<String>
    /// The token's number, unique at the issuer.
    package let tokenID: String
    /// When the token was issued.
    package let issuedAt: NumericDate
    /// From when on it is not valid.
    package let expiry: NumericDate
    /// When its subject last authenticated, if the issuer reports it.
    package let authenticatedAt: NumericDate?
}

/// What a service demands of access tokens.
package struct AccessTokenRules: Sendable {
    private let rules: TokenRules

    /// - Parameters:
    ///   - issuer: the issuer; compared byte by byte.
    ///   - audience: the name of the service at the issuer.
    package init(issuer: String, audience: String) {
        rules = TokenRules(issuer: issuer, audience: audience)
    }

    /// Checks the claims of a token whose signature matches.
    func check(_ claims: TokenClaims, at now: NumericDate) throws(TokenRejection) -> AccessToken {
        let (subject, issuedAt, expiry) = try rules.check(claims, at: now)
        // Keycloak's name for the client is `azp`.
        guard let client = claims.clientID ?? claims.authorizedParty, TokenRules.isIdentifier(client),
            claims.authorizedParty ?? client == client
        else { throw .client }
        guard let tokenID = claims.tokenID, TokenRules.isIdentifier(tokenID) else { throw .tokenID }
        guard !claims.hasConfirmation else { throw .confirmation }
        return AccessToken(
            issuer: rules.issuer,
            subject: subject,
            client: client,
            scopes: Set((claims.scope ?? "").split(separator: " ").map(String.init)),
            tokenID: tokenID,
            issuedAt: issuedAt,
            expiry: expiry,
            authenticatedAt: claims.authenticationTime
        )
    }
}
