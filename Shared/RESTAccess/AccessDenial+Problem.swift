import Access
package import HTTPServer
import RESTContract

extension AccessDenial {
    /// The answer: 401 without a valid credential, 404 if the person's existence is a secret, and 403 otherwise.
    package var problem: Problem {
        switch self {
        case .unidentified:
            Problem(
                .unauthorized,
                "This needs a credential: a session, an API key or a device token.",
                headers: ["WWW-Authenticate": "Bearer realm=\"UdaConnect\""]
            )
        case .role: Problem(.forbidden, "The identity of this request may not do this.")
        case .scope: Problem(.forbidden, "The API key lacks the scope that this request needs.")
        case .event: Problem(.forbidden, "The identity of this request has access to other events only.")
        case .notOwn: .noSuchPerson
        case .stale: Problem(.forbidden, "Log in again: this request needs a login within the last five minutes.")
        case .purpose:
            Problem(
                .forbidden,
                "This request reads the data of others, so it needs a purpose, which is recorded.",
                errors: [.header("Access-Purpose", "Expected a purpose of 1 to 200 characters.")]
            )
        case .emergency:
            Problem(.forbidden, "This request needs an emergency access that another operator has approved.")
        }
    }
}
