import Credentials
import HTTPServer

/// The cookie of a session: 256 random bits, of which the database has only the digest.
struct SessionCookie: Sendable {
    /// The name of the cookie.
    ///
    /// Without TLS, browsers accept no name with the prefix `__Host-`.
    let name: String
    private let isSecure: Bool

    private static let length = 43

    /// - Parameter isSecure: whether browsers reach the deployment by TLS.
    init(isSecure: Bool) {
        self.isSecure = isSecure
        name = isSecure ? "__Host-uda" : "uda"
    }

    /// A new token of 256 random bits.
    static func randomToken() -> String {
        var source = SystemRandomNumberGenerator()
        return Base64URL.encode((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &source) })
    }

    /// The value of `Set-Cookie`; browsers remove the cookie with 0 seconds.
    func field(_ token: String, seconds: Int) -> String {
        "\(name)=\(token); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Lax\(isSecure ? "; Secure" : "")"
    }

    /// The digest of a request's cookie.
    ///
    /// - Returns: the digest; `nil` without the cookie.
    /// - Throws: ``InvalidCredential`` if the cookie is malformed, or occurs twice.
    func digest(in headers: HTTPHeaders) throws(InvalidCredential) -> TokenDigest? {
        var found: Substring?
        for field in headers.values("Cookie") {
            for pair in field.split(separator: ";") {
                let pair = pair.drop { $0 == " " }
                guard pair.hasPrefix("\(name)=") else { continue }
                guard found == nil else { throw .malformed }
                found = pair.dropFirst(name.count + 1)
            }
        }
        guard let found else { return nil }
        guard found.utf8.count == Self.length, Base64URL.decode(found) != nil else { throw .malformed }
        return TokenDigest(of: found)
    }
}

/// Why a credential does not count.
enum InvalidCredential: String, Error, CaseIterable {
    /// It is not a key or a cookie of this service, or there are several.
    case malformed
    /// It is unknown, expired or revoked.
    case unknown
    /// The key may not be used from this network.
    case network
    /// The client's network has tried too many wrong credentials.
    case tooMany = "too_many"
    /// A page of another origin sends a change with a cookie.
    case crossOrigin = "cross_origin"
}
