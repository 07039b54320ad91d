internal import COpenSSL

/// A public key on the curve P-256, as an uncompressed point (SEC 1, section 2.3.3).
package struct P256PublicKey: Hashable, Sendable {
    /// The 65 bytes: 4, and the two coordinates.
    let bytes: [UInt8]

    static let length = 65

    /// `nil` unless the bytes are a point on the curve.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.length, bytes.first == 4, let key = COpenSSL_publicKey(bytes, bytes.count) else {
            return nil
        }
        EVP_PKEY_free(key)
        self.bytes = bytes
    }

    /// Calls a function with OpenSSL's form of the key, which takes some microseconds to make.
    func withKey<Result>(_ body: (OpaquePointer) -> Result?) -> Result? {
        guard let key = COpenSSL_publicKey(bytes, bytes.count) else { return nil }
        defer { EVP_PKEY_free(key) }
        return body(key)
    }
}
