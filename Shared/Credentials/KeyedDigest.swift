internal import COpenSSL

/// HMAC-SHA256 (RFC 2104) with a secret key.
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
        bytes(of: text.utf8).prefix(8).reduce(0) { $0 << 8 | Int64($1) }
    }

    /// The 32 bytes of a content's digest.
    package func bytes(of content: some Collection<UInt8>) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        let bytes = Array(content)
        var length: UInt32 = 0
        // Safety: OpenSSL reads key and content and writes the 32 bytes of the digest within this call.
        HMAC(EVP_sha256(), key, Int32(clamping: key.count), bytes, bytes.count, &digest, &length)
        return digest
    }
}

/// Comparisons whose duration does not depend on the content, so that an attacker cannot guess a secret byte by byte.
package enum ConstantTime {
    /// Whether both have the same bytes.
    package static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }
}
