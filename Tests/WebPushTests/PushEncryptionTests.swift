import COpenSSL
import Credentials
import Foundation
import Testing

@testable import WebPush

@Suite struct PushEncryptionTests {
    /// RFC 8291, section 5 and appendix A.
    @Test func encryptsAsTheExampleOfTheSpecification() throws {
        let sender = try key(
            "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
            "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
        )
        let keys = try keys(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "BTBZMqHH6r4Tts7J_aSIgg"
        )
        let salt = try #require(Base64URL.decode("DGv6ra1nlYgDCS1FRnbzlw"))
        let content = Array("When I grow up, I want to be a watermelon".utf8)
        let message = try #require(keys.encrypt(content, by: sender, salt: salt))
        #expect(
            Base64URL.encode(message)
                == "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
                + "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        )
    }

    @Test func encryptsUpToARecord() throws {
        let keys = try randomKeys()
        let longest = try #require(keys.encrypt([UInt8](repeating: 120, count: PushKeys.maximumContent)))
        #expect(longest.count == 4_096)
        #expect(keys.encrypt([UInt8](repeating: 120, count: PushKeys.maximumContent + 1)) == nil)
        #expect(keys.encrypt([])?.count == 103)
        #expect(keys.encrypt([1]) != keys.encrypt([1]))
    }

    @Test func acceptsOnlyPointsOfTheCurve() throws {
        let point = try #require(P256PrivateKey.random()).publicKey.bytes
        #expect(P256PublicKey(point)?.bytes == point)
        var other = point
        other[64] ^= 1
        #expect(P256PublicKey(other) == nil)
        #expect(P256PublicKey([2] + point.dropFirst()) == nil)
        #expect(P256PublicKey(Array(point.dropLast())) == nil)
        #expect(P256PublicKey(point + [0]) == nil)
        #expect(P256PublicKey([4] + [UInt8](repeating: 0, count: 64)) == nil)
        #expect(P256PublicKey([]) == nil)
    }

    @Test func readsItsBytes() throws {
        let keys = try randomKeys()
        #expect(keys.bytes.count == PushKeys.length && PushKeys(bytes: keys.bytes) == keys)
        #expect(PushKeys(bytes: Array(keys.bytes.dropLast())) == nil)
        #expect(PushKeys(bytes: keys.bytes + [0]) == nil)
    }

    @Test func topicsAreSecretsOfTheBrowser() throws {
        let (one, two) = (try randomKeys(), try randomKeys())
        #expect(one.topic(of: "nudge:7") == one.topic(of: "nudge:7"))
        #expect(one.topic(of: "nudge:7") != one.topic(of: "nudge:8"))
        #expect(one.topic(of: "nudge:7") != two.topic(of: "nudge:7"))
        // RFC 8030, section 5.4.
        #expect(one.topic(of: "nudge:7").utf8.count == 32)
    }

    private func randomKeys() throws -> PushKeys {
        let key = try #require(P256PrivateKey.random()).publicKey
        return try #require(PushKeys(publicKey: key, secret: RandomBytes.make(count: 16)))
    }

    private func keys(_ publicKey: String, _ secret: String) throws -> PushKeys {
        let point = try #require(Base64URL.decode(publicKey).flatMap { P256PublicKey($0) })
        let bytes = try #require(Base64URL.decode(secret))
        return try #require(PushKeys(publicKey: point, secret: bytes))
    }

    /// A private key from its number and its point, as an ECPrivateKey of SEC 1, section C.4.
    private func key(_ number: String, _ point: String) throws -> P256PrivateKey {
        let (number, point) = (try #require(Base64URL.decode(number)), try #require(Base64URL.decode(point)))
        let curve: [UInt8] = [0xA0, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
        let body = [0x02, 0x01, 0x01, 0x04, 0x20] + number + curve + [0xA1, 0x44, 0x03, 0x42, 0x00] + point
        let text = Data([0x30, UInt8(body.count)] + body).base64EncodedString(options: .lineLength64Characters)
        return try #require(
            P256PrivateKey(pem: "-----BEGIN EC PRIVATE KEY-----\n\(text)\n-----END EC PRIVATE KEY-----\n")
        )
    }
}
