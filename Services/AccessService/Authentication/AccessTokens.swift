import Access
import HTTPServer
import OpenIDConnect
import Quota

/// Checks access tokens of programs (RFC 9068).
protocol AccessTokenCheck: Sendable {
    /// Checks a token.
    ///
    /// - Throws: `TokenFailure` if the token is not valid, or if the issuer's keys are not known.
    func check(_ token: String) async throws(TokenFailure) -> AccessToken
}

extension LoginIssuer: AccessTokenCheck {}

/// A field `Authorization` with a token of an issuer.
struct BearerToken {
    /// The token, which is not checked.
    let text: String

    /// `nil` unless the field is the only one, and has three parts between dots; an API key has none.
    init?(_ headers: HTTPHeaders) {
        let fields = headers.values("Authorization")
        guard fields.count == 1, let parts = fields.first?.split(separator: " ", maxSplits: 1), parts.count == 2,
            parts[0].lowercased() == "bearer",
            parts[1].split(separator: ".", omittingEmptySubsequences: false).count == 3
        else { return nil }
        text = String(parts[1])
    }
}

extension Identity {
    /// The identity of a program with an access token.
    ///
    /// `nil` for a token of a person, who has to log in here, and for a program whose name is not 1 to 64 visible ASCII characters:
    /// daily limits and the audit need it. `nil` as well if the scopes do not fit into the identity header.
    init?(_ token: AccessToken) {
        let subject = "client:\(token.client)"
        let scopeLength = token.scopes.reduce(0) { $0 + $1.utf8.count + 3 }
        guard token.subject == token.client, token.client.utf8.count <= 64, scopeLength <= 2_048,
            QuotaClient(subject) != nil
        else { return nil }
        self.init(subject: subject, roles: [.client])
        scopes = token.scopes
        session = subject
    }
}
