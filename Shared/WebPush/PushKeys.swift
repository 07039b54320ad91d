internal import Credentials

/// The keys of a browser's subscription, with which its messages are encrypted (RFC 8291, section 2).
package struct PushKeys: Hashable, Sendable {
    /// The public key of the browser.
    let publicKey: P256PublicKey
    /// The bytes that the push service does not know.
    let secret: [UInt8]

    /// The length of the secret.
    package static let secretLength = 16
    /// The length of ``bytes``.
    package static let length = P256PublicKey.length + secretLength

    /// `nil` unless the secret has 16 bytes.
    package init?(publicKey: P256PublicKey, secret: [UInt8]) {
        guard secret.count == Self.secretLength else { return nil }
        (self.publicKey, self.secret) = (publicKey, secret)
    }

    /// Reads ``bytes``; `nil` unless they have the length, and the public key is on the curve.
    package init?(bytes: [UInt8]) {
        guard let publicKey = P256PublicKey(Array(bytes.prefix(P256PublicKey.length))) else { return nil }
        self.init(publicKey: publicKey, secret: Array(bytes.dropFirst(P256PublicKey.length)))
    }

    /// The public key, and then the secret.
    package var bytes: [UInt8] { publicKey.bytes + secret }

    /// The topic of messages that replace each other (RFC 8030, section 5.4): a digest, so that the push service does not learn
    /// what they are about.
    package func topic(of name: String) -> String {
        Base64URL.encode(Array(KeyedDigest(key: secret).bytes(of: "topic \(name)".utf8).prefix(24)))
    }
}
