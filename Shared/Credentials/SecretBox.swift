internal import COpenSSL

/// Encrypts small secrets for storage: AES-256-GCM with a random nonce for each.
///
/// A stored secret is bound to a name, so that it cannot be moved to another row. A box has the nonce (12 bytes), the
/// encrypted bytes and the tag (16 bytes).
package struct SecretBox: Sendable {
    private let key: [UInt8]

    private static let nonceLength = 12
    private static let tagLength = 16

    /// - Parameter secret: the text from which the key is derived; it should have at least 16 random bytes.
    package init(secret: String) {
        key = KeyedDigest(key: Array(secret.utf8)).bytes(of: "secret box".utf8)
    }

    /// Encrypts bytes; `nil` if OpenSSL fails.
    package func seal(_ bytes: [UInt8], for name: String) -> [UInt8]? {
        var source = SystemRandomNumberGenerator()
        let nonce = (0..<Self.nonceLength).map { _ in UInt8.random(in: 0 ... .max, using: &source) }
        var tag = [UInt8](repeating: 0, count: Self.tagLength)
        let sealed = transform(bytes, nonce, name, tag: &tag, encrypts: true)
        return sealed.map { nonce + $0 + tag }
    }

    /// Decrypts a box; `nil` if it was sealed with another key or for another name, or was changed.
    package func open(_ box: [UInt8], for name: String) -> [UInt8]? {
        guard box.count >= Self.nonceLength + Self.tagLength else { return nil }
        let nonce = Array(box.prefix(Self.nonceLength))
        var tag = Array(box.suffix(Self.tagLength))
        let bytes = Array(box.dropFirst(Self.nonceLength).dropLast(Self.tagLength))
        return transform(bytes, nonce, name, tag: &tag, encrypts: false)
    }

    private func transform(
        _ bytes: [UInt8],
        _ nonce: [UInt8],
        _ name: String,
        tag: inout [UInt8],
        encrypts: Bool
    ) -> [UInt8]? {
        guard let context = EVP_CIPHER_CTX_new() else { return nil }
        defer { EVP_CIPHER_CTX_free(context) }
        let (direction, name) = (Int32(encrypts ? 1 : 0), Array(name.utf8))
        var (length, rest): (Int32, Int32) = (0, 0)
        var result = [UInt8](repeating: 0, count: bytes.count)
        // Safety: OpenSSL reads key, nonce, name and bytes, writes as many bytes as it reads, and reads or writes the
        // 16 bytes of the tag, all within these calls.
        guard EVP_CipherInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce, direction) == 1,
            EVP_CipherUpdate(context, nil, &length, name, Int32(clamping: name.count)) == 1,
            EVP_CipherUpdate(context, &result, &length, bytes, Int32(clamping: bytes.count)) == 1
        else { return nil }
        if !encrypts {
            guard EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, Int32(Self.tagLength), &tag) == 1 else {
                return nil
            }
        }
        guard EVP_CipherFinal_ex(context, nil, &rest) == 1 else { return nil }
        if encrypts {
            guard EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, Int32(Self.tagLength), &tag) == 1 else {
                return nil
            }
        }
        return result
    }
}
