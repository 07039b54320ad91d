@testable import OpenIDConnect

extension Attack {
    private static let now = Forge.now

    /// A token of the issuer with other claims; `nil` removes one.
    private init(_ name: String, _ rejection: TokenRejection, claims: [String: String?]) {
        self.init(name, rejection) { $0.rs(Forge.header("RS256", kid: "any"), Forge.claims(claims)) }
    }

    static let claims = [
        Attack("expired, skew included", .expired, claims: ["exp": "\(now - 30)"]),
        Attack("no exp", .expired, claims: ["exp": nil]),
        Attack("an exp with a fraction", .claims, claims: ["exp": "\(now + 300).5"]),
        Attack("an exp with a zero fraction", .claims, claims: ["exp": "\(now + 300).0"]),
        Attack("an exp with an exponent", .claims, claims: ["exp": "1.8e9"]),
        Attack("an exp that is a text", .claims, claims: ["exp": #""\#(now + 300)""#]),
        Attack("an exp that is null", .claims, claims: ["exp": "null"]),
        Attack("an exp of 2^63", .claims, claims: ["exp": "9223372036854775808"]),
        Attack("an exp of 2^63 − 1", .claims, claims: ["exp": "9223372036854775807"]),
        Attack("an exp of 2^64 + 1", .claims, claims: ["exp": "18446744073709551617"]),
        Attack("a negative exp", .claims, claims: ["exp": "-1"]),
        Attack("an exp with a leading zero", .claims, claims: ["exp": "0\(now + 300)"]),
        Attack("an nbf that is ahead", .notYetValid, claims: ["nbf": "\(now + 31)"]),
        Attack("an iat that is ahead", .notYetValid, claims: ["iat": "\(now + 31)"]),
        Attack("an old iat", .issuedAt, claims: ["iat": "\(now - 86_401)"]),
        Attack("no iat", .issuedAt, claims: ["iat": nil]),
        Attack("an iat that is true", .claims, claims: ["iat": "true"]),
        Attack("another audience", .audience, claims: ["aud": #""https://other.example""#]),
        Attack("other audiences", .audience, claims: ["aud": #"["a","b"]"#]),
        Attack("an audience with a slash", .audience, claims: ["aud": #""\#(Forge.audience)/""#]),
        Attack("an empty audience", .audience, claims: ["aud": "[]"]),
        Attack("no audience", .audience, claims: ["aud": nil]),
        Attack("an audience that is an object", .claims, claims: ["aud": "{}"]),
        Attack("an audience with a number", .claims, claims: ["aud": #"["\#(Forge.audience)",1]"#]),
        Attack("another issuer with the same kid", .issuer, claims: ["iss": #""https://other.example""#]),
        Attack("an issuer with a slash", .issuer, claims: ["iss": #""\#(Forge.issuer)/""#]),
        Attack("an issuer in capitals", .issuer, claims: ["iss": #""HTTPS://issuer.example""#]),
        Attack("no issuer", .issuer, claims: ["iss": nil]),
        Attack("issuers in an array", .claims, claims: ["iss": #"["\#(Forge.issuer)"]"#]),
        Attack("no subject", .subject, claims: ["sub": nil]),
        Attack("an empty subject", .subject, claims: ["sub": #""""#]),
        Attack("a long subject", .subject, claims: ["sub": "\"\(String(repeating: "x", count: 256))\""]),
        Attack("a subject with a line break", .subject, claims: ["sub": #""alice\nbob""#]),
        Attack("a subject that is a number", .claims, claims: ["sub": "1"]),
        Attack("no client", .client, claims: ["client_id": nil]),
        Attack("two clients", .client, claims: ["azp": #""other""#]),
        Attack("no token ID", .tokenID, claims: ["jti": nil]),
        Attack("a token that is bound to a key", .confirmation, claims: ["cnf": #"{"jkt":"x"}"#]),
        Attack("two subjects", .claims) {
            $0.rs(Forge.header("RS256", kid: "any"), Forge.claims().dropLast() + #","sub":"bob"}"#)
        },
        Attack("text behind the claims", .claims) { $0.rs(Forge.header("RS256", kid: "any"), Forge.claims() + "{}") },
        Attack("claims that are a text", .claims) { $0.rs(Forge.header("RS256", kid: "any"), #""claims""#) },
        Attack("claims that are too deep", .claims) { forge in
            let nested = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
            return forge.rs(Forge.header("RS256", kid: "any"), Forge.claims(["x": nested]))
        },
    ]
}
