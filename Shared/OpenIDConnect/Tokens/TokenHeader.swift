internal import JSON

/// The part of a token that says how it is signed.
package struct TokenHeader: Equatable, Sendable {
    /// The longest `kid`, in characters.
    static let maximumKeyID = 128

    /// Members with which a token would choose its own key, or change how it is read.
    private static let forbidden: Set<String> = [
        "jku", "jwk", "x5u", "x5c", "crit", "b64", "enc", "zip", "cty", "epk", "apu", "apv", "p2s", "p2c",
    ]

    let algorithm: TokenAlgorithm
    let keyID: String?

    /// Reads and checks a header.
    ///
    /// - Parameters:
    ///   - json: the text.
    ///   - kind: the expected kind.
    ///   - algorithms: those that the issuer uses.
    /// - Throws: the first check that failed.
    init(_ json: [UInt8], of kind: TokenKind, _ algorithms: Set<TokenAlgorithm>) throws(TokenRejection) {
        var (algorithm, type, keyID): (String?, String?, String?)
        var isForbidden = false
        do throws(JSONError) {
            var reader = JSONReader(json, maximumDepth: 4)
            try reader.beginObject()
            while let name = try reader.nextKey() {
                switch name {
                case "alg": algorithm = try reader.readString()
                case "typ": type = try reader.readString()
                case "kid": keyID = try reader.readString()
                default:
                    isForbidden = isForbidden || Self.forbidden.contains(name)
                    try reader.skipValue()
                }
            }
            try reader.finish()
        } catch {
            throw .header
        }
        guard !isForbidden else { throw .forbiddenMember }
        guard let known = algorithm.flatMap(TokenAlgorithm.init(rawValue:)), algorithms.contains(known) else {
            throw .algorithm
        }
        guard kind.allows(type: type) else { throw .type }
        guard keyID.map(Self.isPlain) ?? true else { throw .keyID }
        self.algorithm = known
        self.keyID = keyID
    }

    /// Whether a `kid` consists of 1…128 letters, digits and the punctuation of base64, URLs and e-mail addresses.
    static func isPlain(_ keyID: String) -> Bool {
        (1...maximumKeyID).contains(keyID.utf8.count)
            && keyID.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "-._~+/=:@".utf8.contains(byte)
                }
            }
    }
}
