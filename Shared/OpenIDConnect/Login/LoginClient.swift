internal import HTTPClient

/// Our registration at an issuer.
package struct LoginClient: Sendable, CustomStringConvertible {
    /// Our name.
    package let id: String
    let secret: String?
    /// Where the browser comes back.
    package let redirect: String
    let scopes: [String]

    /// - Parameters:
    ///   - id: our name.
    ///   - secret: our password; `nil` for a public client, which PKCE protects.
    ///   - redirect: the registered redirect URI.
    ///   - scopes: what is asked for besides `openid`, such as `profile`.
    package init(id: String, secret: String?, redirect: String, scopes: [String] = []) {
        self.id = id
        self.secret = secret
        self.redirect = redirect
        self.scopes = ["openid"] + scopes
    }

    /// The name without the secret.
    package var description: String { id }

    /// Name and password as HTTP Basic authentication wants them (RFC 6749, section 2.3.1); `nil` for a public client.
    var credentials: (user: String, password: String)? {
        secret.map { (FormFields.encode(id), FormFields.encode($0)) }
    }
}
