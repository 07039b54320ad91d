/// The parameters with which the browser comes back from the issuer (OpenID Connect Core 1.0, section 3.1.2.5).
package struct LoginCallback: Sendable {
    /// The longest parameter, in bytes.
    private static let maximumLength = 4_096

    let state: String
    let code: String?
    let issuer: String?

    /// `nil` if the state is missing, or a parameter has more than 4 KiB.
    ///
    /// - Parameters:
    ///   - state: `state`.
    ///   - code: `code`; `nil` if the issuer refused the login.
    ///   - issuer: `iss`.
    package init?(state: String?, code: String?, issuer: String?) {
        guard let state, !state.isEmpty else { return nil }
        for text in [state, code, issuer] {
            guard (text ?? "").utf8.count <= Self.maximumLength else { return nil }
        }
        (self.state, self.code, self.issuer) = (state, code, issuer)
    }

    /// The key under which the login is stored.
    package var stateDigest: [UInt8] { PendingLogin.digest(ofState: state) }
}
