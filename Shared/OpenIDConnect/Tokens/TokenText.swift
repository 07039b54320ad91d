internal import Credentials

/// A signed token in compact form (RFC 7515, section 7.1), read but not yet believed.
///
/// The library that checks signatures accepts padding, repeated members and unknown critical headers, so that two readers could
/// see different tokens. This type accepts one spelling only.
package struct TokenText: Sendable, CustomStringConvertible {
    /// The longest token, in bytes.
    package static let maximumLength = 8_192

    /// The whole text.
    let text: [UInt8]
    let header: TokenHeader
    /// The claims' JSON, decoded but not parsed.
    let claims: [UInt8]
    /// The signature's length, in bytes.
    let signatureLength: Int

    /// Reads a token, in O(length).
    ///
    /// - Parameters:
    ///   - text: the token.
    ///   - kind: the expected kind.
    ///   - algorithms: those that the issuer uses.
    /// - Throws: the first check that failed.
    package init(
        _ text: String,
        of kind: TokenKind,
        _ algorithms: Set<TokenAlgorithm>
    ) throws(TokenRejection) {
        guard text.utf8.count <= Self.maximumLength else { throw .tooLong }
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Substring.init)
        guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty }) else { throw .parts }
        guard let header = Base64URL.decode(parts[0]), let claims = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else { throw .encoding }
        self.text = Array(text.utf8)
        self.header = try TokenHeader(header, of: kind, algorithms)
        self.claims = claims
        signatureLength = signature.count
    }

    /// Nothing of the token, which is a secret.
    package var description: String { "a token" }
}
