internal import COpenSSL

/// A private key on the curve P-256, with its public key.
///
/// Safety: the key is constant after `init`. OpenSSL only reads it to sign and to derive, and locks what it caches of it. So it is
/// `@unchecked Sendable`.
final class P256PrivateKey: @unchecked Sendable {
    private let pair: OpaquePointer
    /// The public key.
    let publicKey: P256PublicKey

    private static let coordinateLength = 32

    /// Takes over the pair; `nil` unless it is on P-256.
    private init?(_ pair: OpaquePointer?) {
        guard let pair else { return nil }
        var (point, count) = ([UInt8](repeating: 0, count: P256PublicKey.length), 0)
        // Safety: OpenSSL writes no more bytes than the array has.
        guard EVP_PKEY_get_octet_string_param(pair, OSSL_PKEY_PARAM_PUB_KEY, &point, point.count, &count) == 1,
            count == point.count, let publicKey = P256PublicKey(point)
        else {
            EVP_PKEY_free(pair)
            ERR_clear_error()
            return nil
        }
        (self.pair, self.publicKey) = (pair, publicKey)
    }

    deinit {
        EVP_PKEY_free(pair)
    }

    /// A new key, in some tens of microseconds; `nil` if OpenSSL fails.
    static func random() -> P256PrivateKey? {
        let context = EVP_PKEY_CTX_new_from_name(nil, "EC", nil)
        defer { EVP_PKEY_CTX_free(context) }
        var pair: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1,
            EVP_PKEY_CTX_ctrl_str(context, "ec_paramgen_curve", "P-256") == 1,
            EVP_PKEY_generate(context, &pair) == 1
        else {
            ERR_clear_error()
            return nil
        }
        return P256PrivateKey(pair)
    }

    /// Reads a key in PEM: PKCS #8 or SEC 1, without a passphrase; `nil` for anything else.
    convenience init?(pem: String) {
        // With an empty passphrase, OpenSSL asks for none at the terminal.
        var passphrase: CChar = 0
        let pair = Array(pem.utf8).withUnsafeBytes { text in
            // Safety: the BIO refers to the text, and both end with this closure. The passphrase is read within the call.
            let source = BIO_new_mem_buf(text.baseAddress, Int32(clamping: text.count))
            defer { BIO_free(source) }
            return PEM_read_bio_PrivateKey(source, nil, nil, &passphrase)
        }
        if pair == nil { ERR_clear_error() }
        self.init(pair)
    }

    /// Signs by ECDSA with SHA-256, in the form of RFC 7518, section 3.4: two numbers of 32 bytes; `nil` if OpenSSL fails.
    func sign(_ bytes: [UInt8]) -> [UInt8]? {
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        var count = 0
        guard EVP_DigestSignInit(context, nil, EVP_sha256(), nil, pair) == 1,
            EVP_DigestSign(context, nil, &count, bytes, bytes.count) == 1
        else {
            ERR_clear_error()
            return nil
        }
        var encoded = [UInt8](repeating: 0, count: count)
        // Safety: OpenSSL has said how many bytes it writes at most.
        guard EVP_DigestSign(context, &encoded, &count, bytes, bytes.count) == 1 else {
            ERR_clear_error()
            return nil
        }
        return encoded.withUnsafeBufferPointer { encoded in
            var place = encoded.baseAddress
            guard let signature = d2i_ECDSA_SIG(nil, &place, count) else { return nil }
            defer { ECDSA_SIG_free(signature) }
            var result = [UInt8](repeating: 0, count: 2 * Self.coordinateLength)
            let isWritten = result.withUnsafeMutableBufferPointer { result in
                // Safety: each number fills half of the result.
                guard let start = result.baseAddress else { return false }
                let length = Int32(Self.coordinateLength)
                return BN_bn2binpad(ECDSA_SIG_get0_r(signature), start, length) == length
                    && BN_bn2binpad(ECDSA_SIG_get0_s(signature), start + Self.coordinateLength, length) == length
            }
            return isWritten ? result : nil
        }
    }

    /// The 32 bytes that both sides derive from their keys by ECDH; `nil` if OpenSSL fails.
    func sharedSecret(with other: P256PublicKey) -> [UInt8]? {
        other.withKey { key in
            let context = EVP_PKEY_CTX_new_from_pkey(nil, pair, nil)
            defer { EVP_PKEY_CTX_free(context) }
            var (secret, count) = ([UInt8](repeating: 0, count: Self.coordinateLength), Self.coordinateLength)
            // Safety: OpenSSL writes no more bytes than the array has.
            guard EVP_PKEY_derive_init(context) == 1, EVP_PKEY_derive_set_peer(context, key) == 1,
                EVP_PKEY_derive(context, &secret, &count) == 1, count == secret.count
            else {
                ERR_clear_error()
                return nil
            }
            return secret
        }
    }
}
