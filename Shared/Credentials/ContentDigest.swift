internal import COpenSSL

/// The SHA-256 of content in pieces.
///
/// Used by one task.
package final class ContentDigest {
    private let context = EVP_MD_CTX_new()

    /// The digest of nothing so far.
    package init() {
        EVP_DigestInit_ex(context, EVP_sha256(), nil)
    }

    deinit {
        EVP_MD_CTX_free(context)
    }

    /// Adds the next piece.
    package func add(_ bytes: [UInt8]) {
        // Safety: the bytes are read within this call.
        bytes.withUnsafeBytes { _ = EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
    }

    /// The 32 bytes, after which nothing may be added.
    package func finish() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) { buffer, count in
            var length: UInt32 = 0
            // Safety: SHA-256 has 32 bytes, and there is room for these.
            EVP_DigestFinal_ex(context, buffer.baseAddress, &length)
            count = Int(length)
        }
    }
}
