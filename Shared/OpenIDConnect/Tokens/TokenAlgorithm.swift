/// The signature algorithms that an issuer may use (RFC 7518, section 3.1).
///
/// No symmetric ones: with these, each reader of a token could issue others.
package enum TokenAlgorithm: String, CaseIterable, Sendable {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    case rs256 = "RS256"
    /// RSASSA-PSS with SHA-256.
    case ps256 = "PS256"
    /// ECDSA over P-256 with SHA-256.
    case es256 = "ES256"
}

/// The purposes of tokens, so that one is not accepted in place of the other.
package enum TokenKind: Sendable {
    /// Authorizes a request to a service (RFC 9068).
    case access
    /// Reports a login to the client that asked for it (OpenID Connect Core 1.0, section 2).
    case identity

    /// Whether the header may have this `typ`; media types ignore case, and may omit `application/`.
    func allows(type: String?) -> Bool {
        switch (self, type?.lowercased()) {
        case (.access, "at+jwt"), (.access, "application/at+jwt"), (.identity, "jwt"), (.identity, nil): true
        default: false
        }
    }
}
