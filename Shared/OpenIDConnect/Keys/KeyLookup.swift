/// Finds the key of a token: the issuer's current keys, or fixed ones.
package protocol KeyLookup: Sendable {
    /// The key that a token's header means.
    func key(of header: TokenHeader) async throws(TokenFailure) -> VerificationKey
}

extension SigningKeys: KeyLookup {
    package func key(of header: TokenHeader) async throws(TokenFailure) -> VerificationKey {
        let key: VerificationKey?
        do throws(TokenRejection) { key = try find(header) } catch { throw .rejected(error) }
        guard let key else { throw .rejected(.unknownKey) }
        return key
    }
}
