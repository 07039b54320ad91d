import COpenSSL

/// The SHA-256 of content.
package enum SHA256Digest {
    /// The 32 bytes; O(bytes).
    package static func of(_ content: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) { buffer, count in
            // Safety: SHA256 reads the content and writes the digest's 32 bytes within this call.
            content.withUnsafeBufferPointer { _ = SHA256($0.baseAddress, $0.count, buffer.baseAddress) }
            count = Int(SHA256_DIGEST_LENGTH)
        }
    }
}
