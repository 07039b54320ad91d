import Credentials
import Testing

@testable import OpenIDConnect

@Suite struct SigningKeysTests {
    private static let forge = Forge.shared

    private static func keys(_ texts: [String]) throws(SigningKeys.Problem) -> SigningKeys {
        try SigningKeys(Array(#"{"keys":[\#(texts.joined(separator: ","))]}"#.utf8))
    }

    /// Keys that are left out, beside one that is not.
    private static let unusable: [String] = [
        "{}", #"{"kty":"OKP","crv":"Ed25519","x":"AAAA"}"#, #"{"kty":"oct","k":"AAAA"}"#,
        forge.weak.jwk(""), forge.stranger.jwk(#""use":"enc""#), forge.stranger.jwk(#""key_ops":["sign","decrypt"]"#),
        forge.stranger.jwk(#""key_ops":"sign""#), forge.stranger.jwk(#""alg":"ES256""#),
        forge.stranger.jwk(#""alg":"HS256""#),
        forge.stranger.jwk(#""alg":1"#), forge.stranger.jwk(#""kid":1"#), forge.stranger.jwk(#""kid":"""#),
        forge.stranger.jwk(#""kid":"a b""#), forge.stranger.jwk(#""d":"AQ""#), forge.stranger.jwk(#""k":"AQ""#),
        forge.stranger.jwk("", ["e": "AQ"]), forge.stranger.jwk("", ["e": "Ag"]), forge.stranger.jwk("", ["e": ""]),
        forge.stranger.jwk("", ["e": "AAAA"]), forge.stranger.jwk("", ["e": "AQAAAAE"]),
        forge.stranger.jwk("", ["e": "AQAB="]),
        forge.stranger.jwk("", ["n": ""]), forge.stranger.jwk("", ["n": "AQAB"]),
        forge.stranger.jwk("", ["n": Base64URL.encode([UInt8](repeating: 0xFE, count: 256))]),
        forge.stranger.jwk("", ["n": Base64URL.encode([UInt8](repeating: 0xFF, count: 1_025))]),
        forge.strangersCurve.jwk(#""alg":"RS256""#), forge.strangersCurve.jwk("", ["x": "AQ"]),
        forge.strangersCurve.jwk("", ["y": Base64URL.encode([UInt8](repeating: 1, count: 32))]),
        forge.strangersCurve.jwk("", ["x": Base64URL.encode([0] + forge.strangersCurve.number("qx"))]),
        forge.strangersCurve.jwk("").replacing("P-256", with: "P-384"),
        forge.strangersCurve.jwk("").replacing("P-256", with: "secp256k1"),
    ]

    @Test(arguments: unusable)
    func leavesOutKeysThatCannotBeUsed(key: String) throws {
        #expect(try Self.keys([key, Self.forge.curve.jwk(#""kid":"good""#)]).count == 1)
        #expect(throws: SigningKeys.Problem.empty) { try Self.keys([key]) }
    }

    @Test func leavesOutKeysOfOneName() throws {
        let two = [Self.forge.rsa.jwk(#""kid":"a""#), Self.forge.curve.jwk(#""kid":"a""#)]
        #expect(throws: SigningKeys.Problem.empty) { try Self.keys(two) }
        #expect(try Self.keys(two + [Self.forge.stranger.jwk(#""kid":"b""#)]).count == 1)
        // A key for encryption may have the same name.
        #expect(try Self.keys([two[0], Self.forge.stranger.jwk(#""kid":"a","use":"enc""#)]).count == 1)
    }

    @Test func takesModuliWithLeadingZeros() throws {
        let modulus = Base64URL.encode([0, 0] + Self.forge.rsa.number("n"))
        let keys = try Self.keys([Self.forge.rsa.jwk(#""kid":"any""#, ["n": modulus])])
        let token = try TokenText(Self.forge.rs(), of: .access, [.rs256])
        #expect(try keys.find(token.header)?.verifies(token) == true)
    }

    @Test func aTokenWithoutKeyIDMeansTheOnlyKey() async throws {
        let text = Forge.signed(#"{"alg":"RS256","typ":"at+jwt"}"#)
        let token = try TokenText(Forge.token(text, Self.forge.rsa.sign(text)), of: .access, [.rs256])
        let one = try Self.keys([Self.forge.curve.jwk(""), Self.forge.rsa.jwk(#""kid":"a""#)])
        #expect(try await one.key(of: token.header).verifies(token))
        let two = try Self.keys([Self.forge.stranger.jwk(""), Self.forge.rsa.jwk(#""kid":"a""#)])
        await #expect(throws: TokenFailure.rejected(.keyID)) { try await two.key(of: token.header) }
        let none = try Self.keys([Self.forge.curve.jwk("")])
        await #expect(throws: TokenFailure.rejected(.unknownKey)) { try await none.key(of: token.header) }
    }

    @Test(arguments: [
        ("", SigningKeys.Problem.malformed), ("[]", .malformed), ("{}", .malformed), (#"{"keys":{}}"#, .malformed),
        (#"{"keys":[1]}"#, .malformed), (#"{"keys":[]}"#, .empty), (#"{"keys":[],"keys":[]}"#, .malformed),
        (#"{"keys":[{"kty":"RSA","kty":"EC"}]}"#, .malformed), (#"{"keys":[]} x"#, .malformed),
        (#"{"keys":[\#(String(repeating: "{},", count: 32)){}]}"#, .tooMany),
        (#"{"keys":[],"x":"\#(String(repeating: "x", count: 256 << 10))"}"#, .tooLong),
    ])
    func refusesSets(text: String, problem: SigningKeys.Problem) {
        #expect(throws: problem) { try SigningKeys(Array(text.utf8)) }
    }
}
