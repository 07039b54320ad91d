import Access
package import HTTPServer
import RESTContract

extension AccessDenial {
    /// The answer of a denial: 401 without a credential, 404 where the existence of a person is a secret, else 403.
    package var problem: Problem {
        switch self {
        case .unidentified:
            Problem(
                .unauthorized,
                "This needs a credential: a session, an API key or a device token.",
                headers: ["WWW-Authenticate": "Bearer realm=\"UdaConnect\""]
            )
        case .role: Problem(.forbidden, "The identity of this request may not do this.")
        case .scope: Problem(.forbidden, "The API key has not the scope that this needs.")
        case .event: Problem(.forbidden, "The identity of this request is for other events.")
        case .notOwn: .noSuchPerson
        case .stale: Problem(.forbidden, "Log in again: this needs a login within the last five minutes.")
        case .purpose:
            Problem(
                .forbidden,
                "This reads the data of others, so it needs a purpose, which is recorded.",
                errors: [.header("Access-Purpose", "Expected the purpose in 1 to 200 characters.")]
            )
        case .emergency: Problem(.forbidden, "This needs an emergency access that another operator has approved.")
        }
    }
}
