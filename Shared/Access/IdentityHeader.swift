import Credentials
package import Models

/// The header field by which access-service shows a service who asks: `v1.<claims>.<MAC>`.
///
/// The claims are JSON in Base64url. The MAC is HMAC-SHA-256 with a key of the receiving service, so a service can make
/// no identity for another one. There is no choice of algorithms.
package enum IdentityHeader {
    /// The name of the field.
    package static let name = "UdaConnect-Identity"
    /// The longest accepted field, in bytes.
    package static let maximumLength = 4_096
    /// How long a field counts, in microseconds: 60 s, and as long before its making, because clocks differ.
    static let lifetime: Int64 = 60_000_000

    private static let version = "v1"

    /// Why a field is refused; for logs and metrics.
    package enum Refusal: String, Error {
        /// The text has not three parts of Base64url, or it is too long.
        case malformed
        /// No valid key made the MAC.
        case forged
        /// It was made more than 60 s ago, or in the future.
        case expired
        /// It was made for another method or path.
        case otherRequest
    }

    /// Signs an identity for one request.
    ///
    /// - Parameters:
    ///   - identity: who asks.
    ///   - request: the method and the path that it is for.
    ///   - keys: the keys of the receiving service; the first one is used.
    ///   - now: the current time.
    /// - Returns: the value of the field; `nil` without a key.
    package static func make(
        _ identity: Identity,
        for request: RequestTarget,
        _ keys: ServiceKeys,
        now: Timestamp
    ) -> String? {
        let claims = IdentityClaims(
            identity: identity,
            expiresAt: Timestamp(microseconds: now.microseconds + lifetime),
            request: request.digest
        )
        let signed = "\(version).\(Base64URL.encode(claims.json))"
        return keys.code(of: signed.utf8).map { "\(signed).\(Base64URL.encode($0))" }
    }

    /// Checks a field.
    ///
    /// About 3 µs. The claims are read only after the MAC has proved that access-service made them.
    ///
    /// - Parameters:
    ///   - text: the value of the field.
    ///   - request: the method and the path of the request.
    ///   - keys: the keys of this service; each of them counts, so that keys can change.
    ///   - now: the current time.
    /// - Returns: the identity.
    /// - Throws: why the field does not count.
    package static func verify(
        _ text: String,
        for request: RequestTarget,
        _ keys: ServiceKeys,
        now: Timestamp
    ) throws(Refusal) -> Identity {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= maximumLength, parts.count == 3, parts[0] == version,
            let payload = Base64URL.decode(parts[1]), let code = Base64URL.decode(parts[2])
        else { throw .malformed }
        let signed = text.utf8[..<parts[1].endIndex]
        guard keys.made(code, of: signed) else { throw .forged }
        guard let claims = IdentityClaims(json: payload) else { throw .malformed }
        let age = now.microseconds - (claims.expiresAt.microseconds - lifetime)
        guard (-lifetime...lifetime).contains(age) else { throw .expired }
        guard claims.request == request.digest else { throw .otherRequest }
        return claims.identity
    }
}

/// The method and the path of a request, without its query.
package struct RequestTarget: Sendable {
    /// The method in upper case.
    package let method: String
    /// The path as it was sent, with escapes.
    package let path: String

    /// A request's method and path.
    package init(method: String, path: String) {
        self.method = method
        self.path = path
    }

    /// The first 128 bits of the SHA-256 of both, as Base64url.
    var digest: String {
        Base64URL.encode(Array(TokenDigest(of: "\(method) \(path)").bytes.prefix(16)))
    }
}
