import OpenIDConnect
import ServiceRuntime

extension LoginIssuer.Registration {
    /// Reads the settings; `nil` without an issuer.
    init?(_ reader: inout EnvironmentReader) {
        let issuer = reader.optionalString(
            "OIDC_ISSUER",
            "OpenID Connect issuer at which persons log in, such as https://login.example.org; without it, persons log in by claims only."
        )
        let id = reader.optionalString("OIDC_CLIENT_ID", "Name of this deployment at the issuer.")
        let secret = reader.optionalSecret(
            "OIDC_CLIENT_SECRET",
            "Password of this deployment at the issuer; a public client has none."
        )
        let redirect = reader.optionalString(
            "OIDC_REDIRECT",
            "Address of /api/login/callback as browsers reach it, registered at the issuer."
        )
        let audience = reader.optionalString(
            "OIDC_AUDIENCE",
            "Name of this deployment in access tokens that programs get at the issuer; without it, none are accepted."
        )
        guard let issuer else { return nil }
        let address = EndpointAddress(issuer)
        reader.require(
            address != nil,
            key: "OIDC_ISSUER",
            "OIDC_ISSUER is \"\(issuer)\", but must be an https address, or an http address on this machine."
        )
        reader.require(
            id != nil && redirect != nil,
            key: "OIDC_CLIENT_ID",
            "OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_REDIRECT."
        )
        guard let address, let id, let redirect else { return nil }
        let client = LoginClient(id: id, secret: secret?.reveal(), redirect: redirect)
        self.init(issuer: address, client: client, audience: audience)
    }
}
