internal import COpenSSL

/// The secret that signs the messages of a webhook, by the Standard Webhooks specification 1.0.
package struct WebhookSecret: Sendable {
    /// The key of the signatures.
    package let bytes: [UInt8]

    /// The specification asks for 24 to 64 bytes.
    private static let length = 32

    /// A stored secret.
    package init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// A new secret of 256 random bits.
    package static func random() -> WebhookSecret {
        WebhookSecret(bytes: RandomBytes.make(count: length))
    }

    /// The form that receivers configure: `whsec_` and Base64.
    package var text: String { "whsec_" + Self.base64(bytes) }

    /// The signature of a message: `v1,` and the Base64 of the HMAC-SHA256 of `id.timestamp.body`.
    ///
    /// - Parameters:
    ///   - id: the id of the message.
    ///   - timestamp: the time of the attempt, in seconds since 1970.
    ///   - body: the content.
    /// - Returns: a signature for the field `webhook-signature`.
    package func signature(of id: String, at timestamp: Int64, _ body: [UInt8]) -> String {
        "v1," + Self.base64(KeyedDigest(key: bytes).bytes(of: Array("\(id).\(timestamp).".utf8) + body))
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let text = [UInt8](unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4 + 1) { buffer, count in
            // Safety: OpenSSL writes four characters per three bytes begun, and a NUL, for which there is room.
            count = Int(EVP_EncodeBlock(buffer.baseAddress, bytes, Int32(clamping: bytes.count)))
        }
        return String(decoding: text, as: UTF8.self)
    }
}
