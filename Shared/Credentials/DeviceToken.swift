internal import COpenSSL
internal import Models

/// The secret by which a phone proves that it is a device: random text that only the phone keeps.
package struct DeviceToken: Sendable {
    /// The text.
    package let text: String

    /// The number of characters of a token that ``random()`` makes.
    package static let length = 26

    /// The token that a phone has sent.
    package init(_ text: String) {
        self.text = text
    }

    /// A new token of 130 random bits.
    package static func random() -> DeviceToken {
        DeviceToken(RandomText.make(characters: length))
    }

    /// The digest, which is stored instead of the token.
    package var digest: TokenDigest { TokenDigest(of: text) }
}

/// The SHA-256 of a token.
///
/// No salt and no slow hash: a token is random and too long to be guessed, unlike a password.
package struct TokenDigest: Hashable, Sendable {
    /// The 32 bytes.
    package let bytes: [UInt8]

    static let count = 32

    /// A stored digest; `nil` if the length is wrong.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.count else { return nil }
        self.bytes = bytes
    }

    /// The digest of a token's text.
    package init(of token: some StringProtocol) {
        let text = Array(token.utf8)
        bytes = [UInt8](unsafeUninitializedCapacity: Self.count) { buffer, count in
            // Safety: SHA256 reads the text and writes the digest's 32 bytes within this call.
            SHA256(text, text.count, buffer.baseAddress)
            count = Self.count
        }
    }

    /// Whether both are equal, in constant time.
    package func matches(_ other: TokenDigest) -> Bool {
        ConstantTime.areEqual(bytes, other.bytes)
    }
}
