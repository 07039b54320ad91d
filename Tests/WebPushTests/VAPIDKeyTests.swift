import COpenSSL
import Credentials
import Foundation
import Testing

@testable import WebPush

@Suite struct VAPIDKeyTests {
    /// Made by `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`.
    private static let pem = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgN5qMKs0bZ6DhJbkt
        QE9lG6parHZz2GUnx5dz93JFdhmhRANCAAT00CT/cx9C7Iw8t2solcpIJv4GRK8X
        T2/Z4T72Rcx+/UkdQDZ8SUukmUPGvf30UrFjAP7gPEPhuaRU1vraIecL
        -----END PRIVATE KEY-----
        """

    @Test func signsATokenForTheOrigin() throws {
        let key = try #require(VAPIDKey(pem: Self.pem, subject: "mailto:ops@example.org"))
        let field = try #require(key.authorization(for: "https://push.example.org", at: 1_777_888_800))
        let parts = field.split(separator: ", ")
        #expect(parts.count == 2 && parts[0].hasPrefix("vapid t=") && parts[1] == "k=\(key.publicKey)")
        let token = parts[0].dropFirst(8).split(separator: ".")
        #expect(token.count == 3)
        func text(_ part: Substring) throws -> String {
            String(decoding: try #require(Base64URL.decode(part)), as: UTF8.self)
        }
        #expect(try text(token[0]) == #"{"typ":"JWT","alg":"ES256"}"#)
        #expect(
            try text(token[1])
                == #"{"aud":"https://push.example.org","exp":1777932000,"sub":"mailto:ops@example.org"}"#
        )
        #expect(Base64URL.decode(token[2])?.count == 64)
    }

    @Test func refusesOtherKeysAndSubjects() {
        #expect(VAPIDKey(pem: "", subject: "mailto:ops@example.org") == nil)
        #expect(VAPIDKey(pem: Self.pem.replacing("M", with: "N"), subject: "mailto:ops@example.org") == nil)
        for pem in Self.foreign { #expect(VAPIDKey(pem: pem, subject: "mailto:ops@example.org") == nil) }
        for subject in ["", "ops@example.org", "mailto:ops", "mailto:a b@example.org", "mailto:a@b@c", "mailto:é@b"] {
            #expect(VAPIDKey(pem: Self.pem, subject: subject) == nil)
        }
    }

    /// Keys on secp256k1 and P-384, an Ed25519 one, and one that a passphrase protects.
    private static let foreign = [
        """
        -----BEGIN PRIVATE KEY-----
        MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQggJsfEGYboj01N1g1EgzN
        2Q0lNIu0IgX6XLBQSElLI8ehRANCAATh5U0Ggziid5HvzrbbUCirqSUJtJ0vh6qz
        Bxt/CZHwvu8+8MhP9ZUOyRxr8H+lVbG52dqbyBZn4KUANPdezIpC
        -----END PRIVATE KEY-----
        """,
        """
        -----BEGIN PRIVATE KEY-----
        MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDB/gqyylcdIeJHPEcjb
        VEoQEl79Ycgoky8jqruXwK/gsGJ6VWnEvxXwE0W+P+yRweqhZANiAAR/M2IbKeD7
        I/3KJiQdOCIEhkjxguGpqHbbJLvCNNv5cBvYGHzleE5cexLXN5tsV/OGOIqRbc1v
        fIvQrSG+2QNJVVwwg3sbqHapMxGUomoSsluhJSn2/YnWJKtgrhGScj4=
        -----END PRIVATE KEY-----
        """,
        """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIB5p0ozeGsE/HH3JlYPpsHut0kdA+yD2x6k13MBDuy/D
        -----END PRIVATE KEY-----
        """,
        """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIHrMFYGCSqGSIb3DQEFDTBJMCgGCSqGSIb3DQEFDDAbBAh29WjfLEcFHQIBATAM
        BggqhkiG9w0CCQUAMB0GCWCGSAFlAwQBAgQQzd3z0+Y4VQDugLhDExdc2ASBkI9u
        hauPfKn756K6FR2CYsJiZU0riURBiQYjJIOXaamJLKIRNKBfX1NiMCHJO09xhaSi
        Hj2eD8Vr2Mxa9LAaGp2JwmaNMriPjJJ98N0X1ikJ2IIod+wPhiYNbO6qOmOXF4k/
        qU+Uqfiafwc3ptSsmlfTHTn96vbOt8kyCcMPMsKWa8Uc/0LtBQi1HGIaxAnt6A==
        -----END ENCRYPTED PRIVATE KEY-----
        """,
    ]
}
