extension Request {
    /// A name and a password (RFC 7617).
    package struct BasicCredentials: Equatable, Sendable {
        /// The name; may be empty.
        package let user: String
        /// The password; may be empty.
        package let password: String
    }

    /// The credentials of `Authorization: Basic`; `nil` if there are none, or they are malformed.
    package var basicCredentials: BasicCredentials? {
        guard let encoded = authorization(of: "basic"), let bytes = Base64.decode(encoded.utf8),
            let text = String(validating: bytes, as: UTF8.self), let colon = text.utf8.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        return BasicCredentials(
            user: String(text[..<colon]),
            password: String(text[text.utf8.index(after: colon)...])
        )
    }

    /// The token of `Authorization: Bearer` (RFC 6750); `nil` if there is none.
    package var bearerToken: String? {
        authorization(of: "bearer").flatMap { $0.isEmpty ? nil : $0 }
    }

    private func authorization(of scheme: String) -> String? {
        guard let field = headers["Authorization"], let space = field.utf8.firstIndex(of: ASCII.space),
            ASCII.equalIgnoringCase(field[..<space].utf8, scheme.utf8)
        else { return nil }
        return String(field[space...].drop { $0 == " " })
    }
}
