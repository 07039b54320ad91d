import Testing

@testable import Credentials

@Suite struct WebhookSecretTests {
    /// The example of https://docs.svix.com/receiving/verifying-payloads/how-manual, from which the specification comes.
    @Test func signsLikeTheSpecification() throws {
        let bytes = try #require(Base64URL.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let secret = WebhookSecret(bytes: bytes)
        #expect(secret.text == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        let signature = secret.signature(
            of: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            at: 1_614_265_330,
            Array(#"{"test": 2432232314}"#.utf8)
        )
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test func secretsDiffer() {
        #expect(WebhookSecret.random().text != WebhookSecret.random().text)
    }
}

@Suite struct SecretBoxTests {
    private let box = SecretBox(secret: "0123456789abcdef")

    @Test(arguments: [0, 1, 32, 1_000])
    func opensWhatItSealed(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let (one, other) = (try #require(box.seal(bytes, for: "a")), try #require(box.seal(bytes, for: "a")))
        #expect(one != other && one.count == count + 28)
        #expect(box.open(one, for: "a") == bytes)
    }

    @Test func opensNothingElse() throws {
        let sealed = try #require(box.seal([1, 2, 3], for: "a"))
        #expect(box.open(sealed, for: "b") == nil)
        #expect(SecretBox(secret: "0123456789abcdeg").open(sealed, for: "a") == nil)
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(box.open(changed, for: "a") == nil)
        }
        #expect(box.open(Array(sealed.dropLast()), for: "a") == nil && box.open([], for: "a") == nil)
    }
}
