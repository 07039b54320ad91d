internal import Credentials

/// The SHA-256 of a text.
enum SHA256Text {
    /// The 32 bytes.
    static func digest(_ text: String) -> [UInt8] {
        let digest = ContentDigest()
        digest.add(Array(text.utf8))
        return digest.finish()
    }
}
