internal import Credentials
internal import JSON

/// The key by which we identify ourselves to push services (RFC 8292).
///
/// A browser binds its subscription to the public key, so that only this key can send to it.
package struct VAPIDKey: Sendable {
    private let key: P256PrivateKey
    private let subject: String

    /// How long a token counts, in seconds; the specification allows a day.
    private static let lifetime: Int64 = 43_200

    /// `nil` unless the text is a private key on P-256 and the subject fits.
    ///
    /// - Parameters:
    ///   - pem: the key in PEM, PKCS #8 or SEC 1.
    ///   - subject: a contact for the push service; see ``isSubject(_:)``.
    package init?(pem: String, subject: String) {
        guard let key = P256PrivateKey(pem: pem), Self.isSubject(subject) else { return nil }
        (self.key, self.subject) = (key, subject)
    }

    /// Whether a text is a `mailto:` address of at most 200 visible ASCII characters.
    package static func isSubject(_ text: String) -> Bool {
        text.hasPrefix("mailto:")
            && text.dropFirst(7).split(separator: "@", omittingEmptySubsequences: false).count == 2
            && text.utf8.count <= 200 && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// The public key that browsers subscribe with: 65 bytes in Base64url.
    package var publicKey: String { Base64URL.encode(key.publicKey.bytes) }

    /// The `Authorization` field of a request.
    ///
    /// - Parameters:
    ///   - origin: the origin of the endpoint, such as `https://push.example.org`.
    ///   - now: seconds since 1970.
    /// - Returns: `vapid t=…, k=…`; `nil` if OpenSSL fails.
    package func authorization(for origin: String, at now: Int64) -> String? {
        let header = JSONWriter.object { writer in
            writer.member("typ", "JWT")
            writer.member("alg", "ES256")
        }
        let claims = JSONWriter.object { writer in
            writer.member("aud", origin)
            writer.member("exp", now + Self.lifetime)
            writer.member("sub", subject)
        }
        let signed = "\(Base64URL.encode(header)).\(Base64URL.encode(claims))"
        return key.sign(Array(signed.utf8)).map { "vapid t=\(signed).\(Base64URL.encode($0)), k=\(publicKey)" }
    }
}
