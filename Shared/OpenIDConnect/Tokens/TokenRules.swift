/// The checks of claims that both kinds of tokens have.
struct TokenRules: Sendable {
    /// How far the clocks of the issuer and of this process may differ, in seconds.
    static let skew: Int64 = 30
    /// The longest texts that identify a subject or a token, in bytes.
    static let maximumIdentifier = 255

    let issuer: String
    let audience: String
    /// How long ago the token may have been issued, in seconds.
    var maximumAge: Int64 = 86_400

    /// Checks `iss`, `aud`, `exp`, `nbf`, `iat` and `sub`.
    ///
    /// - Returns: the subject, and when the token was issued and expires.
    func check(
        _ claims: TokenClaims,
        at now: NumericDate
    ) throws(TokenRejection) -> (subject: String, issuedAt: NumericDate, expiry: NumericDate) {
        guard claims.issuer == issuer else { throw .issuer }
        guard claims.audience.contains(audience) else { throw .audience }
        guard let expiry = claims.expiry, now.seconds(since: expiry) < Self.skew else { throw .expired }
        guard let issuedAt = claims.issuedAt else { throw .issuedAt }
        for start in [claims.notBefore, issuedAt] {
            guard start.map({ $0.seconds(since: now) <= Self.skew }) ?? true else { throw .notYetValid }
        }
        guard now.seconds(since: issuedAt) <= maximumAge else { throw .issuedAt }
        guard let subject = claims.subject, Self.isIdentifier(subject) else { throw .subject }
        return (subject, issuedAt, expiry)
    }

    /// Whether a text has 1…255 bytes, none of them a control character.
    static func isIdentifier(_ text: String) -> Bool {
        (1...maximumIdentifier).contains(text.utf8.count) && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}
