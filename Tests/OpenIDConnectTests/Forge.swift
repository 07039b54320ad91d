import COpenSSL
import Credentials

@testable import OpenIDConnect

/// An issuer's keys and those of an attacker, and tokens of both.
struct Forge: Sendable {
    static let issuer = "https://issuer.example"
    static let audience = "https://api.example"
    static let now: Int64 = 1_800_000_000

    /// The keys are generated once.
    static let shared = Forge()

    let rsa = TestKey(bits: 2_048)
    let curve = TestKey(bits: nil)
    let weak = TestKey(bits: 1_024)
    let stranger = TestKey(bits: 2_048)
    let strangersCurve = TestKey(bits: nil)

    /// The JWK set of the issuer.
    ///
    /// `any` is the RSA key for each algorithm, `rs` and `ps` for one of them.
    var keySet: String {
        let keys = [
            rsa.jwk(#""kid":"any","use":"sig""#), rsa.jwk(#""kid":"rs","alg":"RS256""#),
            rsa.jwk(#""kid":"ps","alg":"PS256""#), curve.jwk(#""kid":"ec","alg":"ES256""#),
            weak.jwk(#""kid":"weak""#), rsa.jwk(#""kid":"one""#, ["e": "AQ"]),
            stranger.jwk(#""kid":"twice""#), rsa.jwk(#""kid":"twice""#),
            stranger.jwk(#""kid":"enc","use":"enc""#), stranger.jwk(#""kid":"oaep","alg":"RSA-OAEP""#),
            stranger.jwk(#""kid":"ops","key_ops":["sign"]"#),
            #"{"kty":"oct","kid":"oct","k":"c2VjcmV0"}"#,
        ]
        return #"{"keys":[\#(keys.joined(separator: ","))]}"#
    }

    /// The claims of a good access token, some replaced; `nil` removes one.
    static func claims(_ changes: [String: String?] = [:]) -> String {
        var claims: [String: String] = [
            "iss": #""\#(issuer)""#, "aud": #""\#(audience)""#, "sub": #""alice""#, "client_id": #""app""#,
            "jti": #""1""#, "iat": "\(now)", "exp": "\(now + 300)",
        ]
        for (name, value) in changes { claims[name] = value }
        return "{\(claims.sorted { $0.key < $1.key }.map { #""\#($0.key)":\#($0.value)"# }.joined(separator: ","))}"
    }

    /// The first two parts of a token, of any texts.
    static func signed(_ header: String, _ claims: String = claims()) -> String {
        "\(Base64URL.encode(Array(header.utf8))).\(Base64URL.encode(Array(claims.utf8)))"
    }

    static func token(_ text: String, _ signature: [UInt8]) -> String {
        "\(text).\(Base64URL.encode(signature))"
    }

    static func header(_ algorithm: String, kid: String, _ more: String = "") -> String {
        #"{"alg":"\#(algorithm)","typ":"at+jwt","kid":"\#(kid)"\#(more)}"#
    }

    /// A token that the issuer signs with RS256, whatever it says.
    func rs(_ header: String = Forge.header("RS256", kid: "any"), _ claims: String = Forge.claims()) -> String {
        let text = Self.signed(header, claims)
        return Self.token(text, rsa.sign(text))
    }

    /// A token that the issuer signs with ES256.
    func es(_ change: ([UInt8]) -> [UInt8] = { $0 }) -> String {
        let text = Self.signed(Self.header("ES256", kid: "ec"))
        return Self.token(text, change(curve.signRaw(text)))
    }

    /// A token that an attacker makes with a secret that is public.
    static func hs(_ secret: String, kid: String) -> String {
        let text = signed(header("HS256", kid: kid))
        var digest = [UInt8](repeating: 0, count: 32)
        HMAC(EVP_sha256(), secret, Int32(secret.utf8.count), text, text.utf8.count, &digest, nil)
        return token(text, digest)
    }

    /// A token under a key with the exponent 1, whose signature is the padded digest itself.
    func ofExponentOne() -> String {
        let text = Self.signed(Self.header("RS256", kid: "one"))
        let info: [UInt8] = [
            0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04,
            0x20,
        ]
        let digest = info + SHA256Text.digest(text)
        return Self.token(text, [0, 1] + [UInt8](repeating: 0xFF, count: 256 - 3 - digest.count) + [0] + digest)
    }

    /// Checks an access token as a service does.
    func check(_ token: String) async throws(TokenFailure) -> AccessToken {
        let keys: SigningKeys
        do throws(SigningKeys.Problem) { keys = try SigningKeys(Array(keySet.utf8)) } catch { throw .unavailable }
        let verifier = TokenVerifier(algorithms: Set(TokenAlgorithm.allCases), keys: keys) { Self.time }
        return try await verifier.check(token, by: AccessTokenRules(issuer: Self.issuer, audience: Self.audience))
    }

    /// The time of all checks.
    static let time = NumericDate(now) ?? .now()
}
