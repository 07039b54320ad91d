/// A person, as an issuer authenticated them.
package struct LoggedIn: Equatable, Sendable {
    /// The issuer.
    package let issuer: String
    /// The person, unique at the issuer and never given to another one.
    package let subject: String
    /// The name that the issuer knows, for display only.
    package let name: String?
    /// The e-mail address that the issuer knows, for display only: it may be given to another person.
    package let email: String?
    /// Whether the issuer has checked that the address is the person's.
    package let isEmailVerified: Bool
    /// When the person last authenticated, if the issuer reports it.
    package let authenticatedAt: NumericDate?
    /// How (RFC 8176), such as `pwd`, `otp` or `mfa`.
    package let authenticationMethods: [String]
    /// How strongly, in the issuer's terms.
    package let authenticationClass: String?

    /// A text for display; `nil` if it is empty, too long or has control characters.
    static func shown(_ text: String?) -> String? {
        text.flatMap { TokenRules.isIdentifier($0) ? $0 : nil }
    }
}
