internal import COpenSSL

/// AES-GCM (NIST SP 800-38D) with AES-128 or AES-256, by the length of the key.
///
/// A nonce may be used only once with a key.
package enum AESGCM {
    /// The length of a nonce, in bytes.
    package static let nonceLength = 12
    /// The length of the tag behind the encrypted bytes.
    package static let tagLength = 16

    /// Encrypts bytes.
    ///
    /// - Parameters:
    ///   - bytes: what is encrypted.
    ///   - key: 16 or 32 bytes.
    ///   - nonce: ``nonceLength`` bytes.
    ///   - context: bytes that are not encrypted, but must be the same for ``open(_:key:nonce:context:)``.
    /// - Returns: the encrypted bytes and the tag; `nil` if a length is wrong or OpenSSL fails.
    package static func seal(_ bytes: [UInt8], key: [UInt8], nonce: [UInt8], context: [UInt8] = []) -> [UInt8]? {
        var tag = [UInt8](repeating: 0, count: tagLength)
        return transform(bytes, key, nonce, context, tag: &tag, encrypts: true).map { $0 + tag }
    }

    /// Decrypts what ``seal(_:key:nonce:context:)`` has made; `nil` unless key, nonce, context and tag match.
    package static func open(_ bytes: [UInt8], key: [UInt8], nonce: [UInt8], context: [UInt8] = []) -> [UInt8]? {
        guard bytes.count >= tagLength else { return nil }
        var tag = Array(bytes.suffix(tagLength))
        return transform(Array(bytes.dropLast(tagLength)), key, nonce, context, tag: &tag, encrypts: false)
    }

    private static func transform(
        _ bytes: [UInt8],
        _ key: [UInt8],
        _ nonce: [UInt8],
        _ associated: [UInt8],
        tag: inout [UInt8],
        encrypts: Bool
    ) -> [UInt8]? {
        guard nonce.count == nonceLength, [16, 32].contains(key.count), let context = EVP_CIPHER_CTX_new() else {
            return nil
        }
        defer { EVP_CIPHER_CTX_free(context) }
        let cipher = key.count == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm()
        let direction = Int32(encrypts ? 1 : 0)
        var (length, rest): (Int32, Int32) = (0, 0)
        var result = [UInt8](repeating: 0, count: bytes.count)
        // Safety: OpenSSL reads key, nonce, context and bytes, writes as many bytes as it reads, and reads or writes the
        // 16 bytes of the tag, all within these calls.
        guard EVP_CipherInit_ex(context, cipher, nil, key, nonce, direction) == 1,
            EVP_CipherUpdate(context, nil, &length, associated, Int32(clamping: associated.count)) == 1,
            EVP_CipherUpdate(context, &result, &length, bytes, Int32(clamping: bytes.count)) == 1
        else { return nil }
        if !encrypts {
            guard EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, Int32(tagLength), &tag) == 1 else { return nil }
        }
        guard EVP_CipherFinal_ex(context, nil, &rest) == 1 else { return nil }
        if encrypts {
            guard EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, Int32(tagLength), &tag) == 1 else { return nil }
        }
        return result
    }
}
