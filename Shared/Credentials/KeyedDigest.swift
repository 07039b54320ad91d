internal import COpenSSL

/// HMAC-SHA256 (RFC 2104) with a secret key, truncated to 64 bits.
///
/// An attacker can try all identifiers such as hardware addresses, but not without the key.
package struct KeyedDigest: Sendable {
    private let key: [UInt8]

    /// - Parameter key: the secret; it should have at least 16 bytes.
    package init(key: [UInt8]) {
        self.key = key
    }

    /// The first 64 bits of a text's digest, in big-endian order.
    package func callAsFunction(_ text: String) -> Int64 {
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        let bytes = Array(text.utf8)
        var length: UInt32 = 0
        // Safety: OpenSSL reads key and text and writes the 32 bytes of the digest within this call.
        HMAC(EVP_sha256(), key, Int32(clamping: key.count), bytes, bytes.count, &digest, &length)
        return digest.prefix(8).reduce(0) { $0 << 8 | Int64($1) }
    }
}
