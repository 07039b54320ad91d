/// Encrypts small secrets for storage: AES-256-GCM with a random nonce for each.
///
/// A stored secret is bound to a name, so that it cannot be moved to another row. A box has the nonce (12 bytes), the
/// encrypted bytes and the tag (16 bytes).
package struct SecretBox: Sendable {
    private let key: [UInt8]

    /// - Parameter secret: the text from which the key is derived; it should have at least 16 random bytes.
    package init(secret: String) {
        key = KeyedDigest(key: Array(secret.utf8)).bytes(of: "secret box".utf8)
    }

    /// Encrypts bytes; `nil` if OpenSSL fails.
    package func seal(_ bytes: [UInt8], for name: String) -> [UInt8]? {
        let nonce = RandomBytes.make(count: AESGCM.nonceLength)
        return AESGCM.seal(bytes, key: key, nonce: nonce, context: Array(name.utf8)).map { nonce + $0 }
    }

    /// Decrypts a box; `nil` if it was sealed with another key or for another name, or was changed.
    package func open(_ box: [UInt8], for name: String) -> [UInt8]? {
        let nonce = Array(box.prefix(AESGCM.nonceLength))
        let sealed = Array(box.dropFirst(AESGCM.nonceLength))
        return AESGCM.open(sealed, key: key, nonce: nonce, context: Array(name.utf8))
    }
}
