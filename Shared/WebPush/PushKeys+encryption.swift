internal import Credentials

extension PushKeys {
    /// The size of an encrypted message that every push service accepts, in bytes (RFC 8030, section 7.2).
    private static let recordSize = 4_096
    private static let saltLength = 16
    /// The most bytes that ``encrypt(_:)`` takes: a record without its header, the delimiter and the tag.
    package static let maximumContent = recordSize - saltLength - 4 - 1 - P256PublicKey.length - 1 - AESGCM.tagLength

    /// Encrypts a message for the browser: `aes128gcm` (RFC 8188) in one record, with a key of its own (RFC 8291).
    ///
    /// About a tenth of a millisecond, for it makes a key pair.
    ///
    /// - Parameter content: at most ``maximumContent`` bytes.
    /// - Returns: at most 4,096 bytes; `nil` if the content is too long, or OpenSSL fails.
    package func encrypt(_ content: [UInt8]) -> [UInt8]? {
        P256PrivateKey.random().flatMap { encrypt(content, by: $0, salt: RandomBytes.make(count: Self.saltLength)) }
    }

    /// The same with given random values.
    func encrypt(_ content: [UInt8], by sender: P256PrivateKey, salt: [UInt8]) -> [UInt8]? {
        guard content.count <= Self.maximumContent, let shared = sender.sharedSecret(with: publicKey) else {
            return nil
        }
        let own = sender.publicKey.bytes
        // HKDF (RFC 5869) with SHA-256: no output is longer than one block.
        func expand(_ key: [UInt8], _ info: [UInt8]) -> [UInt8] { KeyedDigest(key: key).bytes(of: info + [1]) }
        let combined = KeyedDigest(key: secret).bytes(of: shared)
        let material = expand(combined, Array("WebPush: info\0".utf8) + publicKey.bytes + own)
        let random = KeyedDigest(key: salt).bytes(of: material)
        let key = expand(random, Array("Content-Encoding: aes128gcm\0".utf8)).prefix(16)
        let nonce = expand(random, Array("Content-Encoding: nonce\0".utf8)).prefix(AESGCM.nonceLength)
        let size = withUnsafeBytes(of: UInt32(Self.recordSize).bigEndian) { Array($0) }
        // The delimiter of the last record.
        let sealed = AESGCM.seal(content + [2], key: Array(key), nonce: Array(nonce))
        return sealed.map { salt + size + [UInt8(own.count)] + own + $0 }
    }
}
