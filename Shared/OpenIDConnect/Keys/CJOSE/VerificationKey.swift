internal import CCJose

/// A public key of an issuer, which checks signatures.
///
/// Safety: the key is constant after `init`. Checking a signature reads it only; OpenSSL locks what it derives from it. So it is
/// `@unchecked Sendable`.
package final class VerificationKey: @unchecked Sendable {
    private let key: OpaquePointer
    /// The algorithms that the key may be used with.
    let algorithms: Set<TokenAlgorithm>
    private let signatureLength: Int

    /// An RSA key.
    ///
    /// - Parameters:
    ///   - modulus: big-endian, without leading zeros; the caller has checked its size.
    ///   - exponent: big-endian, without leading zeros.
    ///   - algorithms: those that it may be used with.
    init?(modulus: [UInt8], exponent: [UInt8], _ algorithms: Set<TokenAlgorithm>) {
        var (modulus, exponent) = (modulus, exponent)
        let key = modulus.withUnsafeMutableBufferPointer { modulus in
            exponent.withUnsafeMutableBufferPointer { exponent in
                var parts = cjose_jwk_rsa_keyspec()
                (parts.n, parts.nlen) = (modulus.baseAddress, modulus.count)
                (parts.e, parts.elen) = (exponent.baseAddress, exponent.count)
                return cjose_jwk_create_RSA_spec(&parts, nil)
            }
        }
        guard let key else { return nil }
        self.key = key
        self.algorithms = algorithms
        signatureLength = modulus.count
    }

    /// A key on P-256; `nil` if the point is not on the curve.
    ///
    /// - Parameters:
    ///   - x: 32 bytes.
    ///   - y: 32 bytes.
    init?(x: [UInt8], y: [UInt8]) {
        var (x, y) = (x, y)
        let key = x.withUnsafeMutableBufferPointer { x in
            y.withUnsafeMutableBufferPointer { y in
                var parts = cjose_jwk_ec_keyspec()
                parts.crv = CJOSE_JWK_EC_P_256
                (parts.x, parts.xlen) = (x.baseAddress, x.count)
                (parts.y, parts.ylen) = (y.baseAddress, y.count)
                return cjose_jwk_create_EC_spec(&parts, nil)
            }
        }
        guard let key else { return nil }
        self.key = key
        algorithms = [.es256]
        signatureLength = 64
    }

    deinit {
        cjose_jwk_release(key)
    }

    /// Whether a token has a signature of the key.
    ///
    /// The library accepts shorter and longer spellings of the same signature; this accepts one length only.
    func verifies(_ token: TokenText) -> Bool {
        guard algorithms.contains(token.header.algorithm), token.signatureLength == signatureLength else {
            return false
        }
        return token.text.withUnsafeBytes { text in
            // Safety: the library copies the text within the call.
            let start = text.baseAddress?.assumingMemoryBound(to: CChar.self)
            guard let signed = cjose_jws_import(start, text.count, nil) else { return false }
            defer { cjose_jws_release(signed) }
            return cjose_jws_verify(signed, key, nil)
        }
    }
}
