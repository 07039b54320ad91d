import Credentials

@testable import OpenIDConnect

extension Attack {
    static let texts = [
        Attack("nothing", .parts) { _ in "" },
        Attack("dots", .parts) { _ in ".." },
        Attack("two parts", .parts) { _ in Forge.signed(Forge.header("RS256", kid: "any")) },
        Attack("no signature", .parts) { _ in Forge.signed(Forge.header("RS256", kid: "any")) + "." },
        Attack("four parts", .parts) { $0.rs() + ".AAAA" },
        Attack("an encrypted token", .parts) { _ in
            Forge.signed(#"{"alg":"RSA-OAEP","enc":"A256GCM","typ":"at+jwt"}"#) + ".AAAA.AAAA.AAAA"
        },
        Attack("JSON serialization", .parts) { _ in #"{"payload":"e30","signatures":[]}"# },
        Attack("9 KiB", .tooLong) {
            $0.rs(Forge.header("RS256", kid: "any"), Forge.claims(["x": "\"\(filler(7_000))\""]))
        },
        Attack("padding", .encoding) { $0.rs() + "==" },
        Attack("a blank behind it", .encoding) { $0.rs() + " " },
        Attack("a blank before it", .encoding) { " " + $0.rs() },
        Attack("a line break inside", .encoding) { forge in
            let token = forge.rs()
            return token.prefix(10) + "\n" + token.dropFirst(10)
        },
        Attack("plain base64", .encoding) { $0.rs().dropLast() + "+" },
        Attack("a zero byte", .encoding) { $0.rs() + "\0" },
        Attack("another last bit", .encoding) { forge in
            // The last character of a signature of 256 bytes has two bits that count and four that must be zero.
            let token = forge.rs()
            let next: Character = token.last == "A" ? "B" : token.last == "Q" ? "R" : token.last == "g" ? "h" : "x"
            return token.dropLast() + String(next)
        },
    ]

    static let headers = [
        Attack("none", .parts) { _ in Forge.signed(#"{"alg":"none","typ":"at+jwt"}"#) + "." },
        Attack("none with a signature", .algorithm) { $0.rs(Forge.header("none", kid: "any")) },
        Attack("nOnE", .algorithm) { $0.rs(Forge.header("nOnE", kid: "any")) },
        Attack("an empty algorithm", .algorithm) { $0.rs(Forge.header("", kid: "any")) },
        Attack("no algorithm", .algorithm) { $0.rs(#"{"typ":"at+jwt","kid":"any"}"#) },
        Attack("rs256", .algorithm) { $0.rs(Forge.header("rs256", kid: "any")) },
        Attack("RS384", .algorithm) { $0.rs(Forge.header("RS384", kid: "any")) },
        Attack("EdDSA", .algorithm) { $0.rs(Forge.header("EdDSA", kid: "any")) },
        Attack("ES256K", .algorithm) { $0.rs(Forge.header("ES256K", kid: "ec")) },
        Attack("a list of algorithms", .header) { $0.rs(#"{"alg":["RS256"],"typ":"at+jwt","kid":"any"}"#) },
        Attack("jku", .forbiddenMember) {
            $0.rs(Forge.header("RS256", kid: "any", #","jku":"https://evil.example/"# + "\""))
        },
        Attack("jwk", .forbiddenMember) { forge in
            let text = Forge.signed(Forge.header("RS256", kid: "any", #","jwk":\#(forge.stranger.jwk(""))"#))
            return Forge.token(text, forge.stranger.sign(text))
        },
        Attack("x5u", .forbiddenMember) { $0.rs(Forge.header("RS256", kid: "any", #","x5u":"https://evil.example""#)) },
        Attack("x5c", .forbiddenMember) { $0.rs(Forge.header("RS256", kid: "any", #","x5c":["MIIB"]"#)) },
        Attack("crit", .forbiddenMember) { $0.rs(Forge.header("RS256", kid: "any", #","crit":["exp"],"exp":1"#)) },
        Attack("an empty crit", .forbiddenMember) { $0.rs(Forge.header("RS256", kid: "any", #","crit":[]"#)) },
        Attack("b64", .forbiddenMember) { $0.rs(Forge.header("RS256", kid: "any", #","b64":false"#)) },
        Attack("zip", .forbiddenMember) { $0.rs(Forge.header("RS256", kid: "any", #","zip":"DEF""#)) },
        Attack("a token in a token", .forbiddenMember) { $0.rs(Forge.header("RS256", kid: "any", #","cty":"JWT""#)) },
        Attack("two algorithms", .header) { $0.rs(Forge.header("RS256", kid: "any", #","alg":"none""#)) },
        Attack("two algorithms, one escaped", .header) {
            $0.rs(Forge.header("RS256", kid: "any", #","\u0061lg":"none""#))
        },
        Attack("two kids", .header) { $0.rs(Forge.header("RS256", kid: "any", #","kid":"rs""#)) },
        Attack("text behind the header", .header) { $0.rs(Forge.header("RS256", kid: "any") + "{}") },
        Attack("a header that is an array", .header) { $0.rs("[]") },
        Attack("a header that is not UTF-8", .header) { forge in
            let header = Base64URL.encode([UInt8]("{\"alg\":\"RS256\",\"x\":\"".utf8) + [0xC0, 0xAF] + "\"}".utf8)
            let text = "\(header).\(Base64URL.encode(Array(Forge.claims().utf8)))"
            return Forge.token(text, forge.rsa.sign(text))
        },
        Attack("a header that is too deep", .header) { $0.rs(Forge.header("RS256", kid: "any", #","x":[[[[1]]]]"#)) },
        Attack("an ID token", .type) { $0.rs(#"{"alg":"RS256","typ":"JWT","kid":"any"}"#) },
        Attack("no type", .type) { $0.rs(#"{"alg":"RS256","kid":"any"}"#) },
        Attack("a logout token", .type) { $0.rs(#"{"alg":"RS256","typ":"logout+jwt","kid":"any"}"#) },
        Attack("a type with a parameter", .type) { $0.rs(#"{"alg":"RS256","typ":"at+jwt; x=y","kid":"any"}"#) },
        Attack("a type that is null", .header) { $0.rs(#"{"alg":"RS256","typ":null,"kid":"any"}"#) },
        Attack("a kid that is a path", .unknownKey) { $0.rs(Forge.header("RS256", kid: "../../../dev/null")) },
        Attack("a kid with a quote", .keyID) { $0.rs(Forge.header("RS256", kid: "any' OR '1'='1")) },
        Attack("a kid with a zero byte", .keyID) { $0.rs(Forge.header("RS256", kid: #"any\u0000"#)) },
        Attack("a kid of 129 characters", .keyID) { $0.rs(Forge.header("RS256", kid: filler(129))) },
        Attack("an empty kid", .keyID) { $0.rs(Forge.header("RS256", kid: "")) },
        Attack("a kid that is a number", .header) { $0.rs(#"{"alg":"RS256","typ":"at+jwt","kid":7}"#) },
        Attack("no kid, with several keys", .keyID) { $0.rs(#"{"alg":"RS256","typ":"at+jwt"}"#) },
    ]

    private static func filler(_ count: Int) -> String { String(repeating: "x", count: count) }
}
