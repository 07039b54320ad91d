import Credentials

@testable import OpenIDConnect

extension Attack {
    static let all = texts + headers + signatures + claims

    /// The order of P-256's group.
    private static let order: [UInt8] = [
        0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
    ]
    private static let zero = [UInt8](repeating: 0, count: 32)

    private static let signatures = [
        Attack("HS256 with the RSA key in PEM", .algorithm) { Forge.hs($0.rsa.pem, kid: "any") },
        Attack("HS256 with the JWK", .algorithm) { Forge.hs($0.rsa.jwk(#""kid":"any","use":"sig""#), kid: "any") },
        Attack("HS256 with the modulus", .algorithm) { forge in
            Forge.hs(String(decoding: forge.rsa.number("n"), as: UTF8.self), kid: "any")
        },
        Attack("HS256 with a published symmetric key", .algorithm) { _ in Forge.hs("secret", kid: "oct") },
        Attack("a published symmetric key", .unknownKey) { $0.rs(Forge.header("RS256", kid: "oct")) },
        Attack("another signature", .signature) { forge in
            Forge.token(Forge.signed(Forge.header("RS256", kid: "any")), forge.rsa.sign("another text"))
        },
        Attack("other claims under the same signature", .signature) { forge in
            let parts = forge.rs().split(separator: ".")
            return "\(parts[0]).\(Base64URL.encode(Array(Forge.claims(["sub": #""bob""#]).utf8))).\(parts[2])"
        },
        Attack("a stranger's key under our kid", .signature) { forge in
            let text = Forge.signed(Forge.header("RS256", kid: "any"))
            return Forge.token(text, forge.stranger.sign(text))
        },
        Attack("a stranger's curve under our kid", .signature) { forge in
            let text = Forge.signed(Forge.header("ES256", kid: "ec"))
            return Forge.token(text, forge.strangersCurve.signRaw(text))
        },
        Attack("ES256 of zeros", .signature) { $0.es { _ in zero + zero } },
        Attack("ES256 with r = 0", .signature) { $0.es { zero + $0.suffix(32) } },
        Attack("ES256 with s = 0", .signature) { $0.es { $0.prefix(32) + zero } },
        Attack("ES256 with r = n", .signature) { $0.es { order + $0.suffix(32) } },
        Attack("ES256 with s = n", .signature) { $0.es { $0.prefix(32) + order } },
        Attack("ES256 of half the length", .signature) { $0.es { Array($0.prefix(32)) } },
        Attack("ES256 with a byte less", .signature) { $0.es { Array($0.dropLast()) } },
        Attack("ES256 with longer numbers", .signature) { $0.es { [0] + $0.prefix(32) + [0] + $0.suffix(32) } },
        Attack("ES256 with a byte more", .signature) { $0.es { $0 + [0] } },
        Attack("ES256 in DER", .signature) { forge in
            let text = Forge.signed(Forge.header("ES256", kid: "ec"))
            return Forge.token(text, forge.curve.sign(text))
        },
        Attack("ES256 with an RSA key", .algorithm) { $0.rs(Forge.header("ES256", kid: "any")) },
        Attack("RS256 with a curve", .algorithm) { $0.rs(Forge.header("RS256", kid: "ec")) },
        Attack("RS256 with the exponent 1", .unknownKey) { $0.ofExponentOne() },
        Attack("RS256 of 1,024 bits", .unknownKey) { forge in
            let text = Forge.signed(Forge.header("RS256", kid: "weak"))
            return Forge.token(text, forge.weak.sign(text))
        },
        Attack("RS256 of zeros", .signature) { _ in
            Forge.token(Forge.signed(Forge.header("RS256", kid: "any")), [UInt8](repeating: 0, count: 256))
        },
        Attack("RS256 of a short signature", .signature) { forge in
            let text = Forge.signed(Forge.header("RS256", kid: "any"))
            return Forge.token(text, Array(forge.rsa.sign(text).dropFirst()))
        },
        Attack("RS256 with a leading zero", .signature) { forge in
            let text = Forge.signed(Forge.header("RS256", kid: "any"))
            return Forge.token(text, [0] + forge.rsa.sign(text))
        },
        Attack("RS256 over SHA-512", .signature) { forge in
            let text = Forge.signed(Forge.header("RS256", kid: "any"))
            return Forge.token(text, forge.rsa.sign(text, digest: "SHA512"))
        },
        Attack("PS256 as RS256", .signature) { forge in
            let text = Forge.signed(Forge.header("RS256", kid: "any"))
            return Forge.token(text, forge.rsa.sign(text, salt: 32))
        },
        Attack("RS256 as PS256", .signature) { $0.rs(Forge.header("PS256", kid: "any")) },
        Attack("PS256 without a salt", .signature) { forge in
            let text = Forge.signed(Forge.header("PS256", kid: "ps"))
            return Forge.token(text, forge.rsa.sign(text, salt: 0))
        },
        Attack("RS256 with a key for PS256", .algorithm) { $0.rs(Forge.header("RS256", kid: "ps")) },
        Attack("PS256 with a key for RS256", .algorithm) { forge in
            let text = Forge.signed(Forge.header("PS256", kid: "rs"))
            return Forge.token(text, forge.rsa.sign(text, salt: 32))
        },
        Attack("a key for encryption", .unknownKey) { forge in
            let text = Forge.signed(Forge.header("RS256", kid: "enc"))
            return Forge.token(text, forge.stranger.sign(text))
        },
        Attack("a key for another algorithm", .unknownKey) { forge in
            let text = Forge.signed(Forge.header("RS256", kid: "oaep"))
            return Forge.token(text, forge.stranger.sign(text))
        },
        Attack("a key for signing only", .unknownKey) { forge in
            let text = Forge.signed(Forge.header("RS256", kid: "ops"))
            return Forge.token(text, forge.stranger.sign(text))
        },
        Attack("a kid that two keys have", .unknownKey) { $0.rs(Forge.header("RS256", kid: "twice")) },
        Attack("a kid that no key has", .unknownKey) { $0.rs(Forge.header("RS256", kid: "other")) },
        Attack("a kid in other capitals", .unknownKey) { $0.rs(Forge.header("RS256", kid: "ANY")) },
    ]
}
