package import Observability

/// The check that a token did not pass.
///
/// For logs and metrics only. A client learns that its token is not valid, nothing more.
package enum TokenRejection: String, Error, CaseIterable, LoggableError {
    // The text
    /// More than 8 KiB.
    case tooLong = "too_long"
    /// Not exactly three parts that are not empty.
    case parts
    /// A part is not strict base64url.
    case encoding

    // The header
    /// The header is not one JSON object, or repeats a member, or a member has another type.
    case header
    /// An algorithm that is unknown, or that the issuer or the key does not use.
    case algorithm
    /// A token of another kind.
    case type
    /// A member that names a key or changes how the token is read: `jku`, `jwk`, `x5u`, `x5c`, `crit`, `b64` and the like.
    case forbiddenMember = "forbidden_member"
    /// A `kid` that is not 1…128 plain characters, or none although the issuer has several keys.
    case keyID = "key_id"

    // The signature
    /// The issuer does not publish this key.
    case unknownKey = "unknown_key"
    /// The signature does not match.
    case signature

    // The claims
    /// The claims are not one JSON object, or repeat a member, or a member has another type or range.
    case claims
    /// `iss` is not the issuer.
    case issuer
    /// `aud` does not contain the reader of the token.
    case audience
    /// `exp` is missing or over.
    case expired
    /// `nbf` or `iat` is ahead.
    case notYetValid = "not_yet_valid"
    /// `iat` is missing or too long ago.
    case issuedAt = "issued_at"
    /// `sub` is missing, empty or longer than 255 bytes.
    case subject
    /// `client_id` and `azp` are missing, or contradict each other or the client.
    case client
    /// `jti` is missing, empty or longer than 255 bytes.
    case tokenID = "token_id"
    /// The token is bound to a key of its sender, which no request proves here.
    case confirmation
    /// `nonce` is not the one of the login.
    case nonce
    /// `auth_time` is missing, ahead, or longer ago than the login asked for.
    case authenticationTime = "auth_time"
    /// `at_hash` does not belong to the access token beside it.
    case accessTokenHash = "at_hash"

    /// The name of the check.
    package var logMetadata: LogMetadata { [.reason: .string(rawValue)] }
}

/// Why a token was not accepted.
package enum TokenFailure: Error, Equatable, Sendable {
    /// The token is not valid: 401.
    case rejected(TokenRejection)
    /// The issuer's keys are not known: 503. Whether the token is valid is undecided.
    case unavailable
}
