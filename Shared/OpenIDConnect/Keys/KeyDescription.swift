internal import Credentials
internal import JSON

/// A key as an issuer publishes it (RFC 7517, section 4).
struct KeyDescription {
    /// RSA moduli in bits: shorter ones can be factored, longer ones take too long.
    private static let modulusBits = 2_048...8_192

    private(set) var keyID: String?
    private var type: String?
    private var use: String?
    private var algorithm: String?
    private var operations: [String]?
    private var modulus: String?
    private var exponent: String?
    private var curve: String?
    private var x: String?
    private var y: String?
    /// Whether a member is not a text although it should be, or belongs to a secret key.
    private var isUnusable = false

    /// Reads the next value, which must be an object.
    init(from reader: inout JSONReader) throws(JSONError) {
        try reader.beginObject()
        while let name = try reader.nextKey() {
            switch name {
            case "kid": keyID = try text(from: &reader)
            case "kty": type = try text(from: &reader)
            case "use": use = try text(from: &reader)
            case "alg": algorithm = try text(from: &reader)
            case "key_ops": operations = try texts(from: &reader)
            case "n": modulus = try text(from: &reader)
            case "e": exponent = try text(from: &reader)
            case "crv": curve = try text(from: &reader)
            case "x": x = try text(from: &reader)
            case "y": y = try text(from: &reader)
            case "d", "p", "q", "dp", "dq", "qi", "oth", "k":
                // The world knows this secret.
                isUnusable = true
                try reader.skipValue()
            default: try reader.skipValue()
            }
        }
    }

    private mutating func text(from reader: inout JSONReader) throws(JSONError) -> String? {
        if try reader.peekKind() == .string { return try reader.readString() }
        isUnusable = true
        try reader.skipValue()
        return nil
    }

    private mutating func texts(from reader: inout JSONReader) throws(JSONError) -> [String] {
        guard try reader.peekKind() == .array else { return [try text(from: &reader)].compactMap(\.self) }
        var texts: [String] = []
        try reader.beginArray()
        while try reader.nextElement() {
            if let text = try text(from: &reader) { texts.append(text) }
        }
        return texts
    }

    /// The key; `nil` if it is not a public key for one of our algorithms, or is meant for something else.
    func verificationKey() -> VerificationKey? {
        guard !isUnusable, use ?? "sig" == "sig", operations?.contains("verify") ?? true,
            keyID.map(TokenHeader.isPlain) ?? true
        else { return nil }
        switch type {
        case "RSA": return rsaKey()
        case "EC": return curveKey()
        default: return nil
        }
    }

    private func rsaKey() -> VerificationKey? {
        let algorithms = allowed([.rs256, .ps256])
        guard !algorithms.isEmpty, let modulus = Self.integer(modulus), let exponent = Self.integer(exponent),
            let first = modulus.first, let last = modulus.last, let lastOfExponent = exponent.last
        else { return nil }
        let bits = modulus.count * 8 - first.leadingZeroBitCount
        // With the exponent 1 each text is its own signature.
        guard Self.modulusBits.contains(bits), last & 1 == 1, exponent.count <= 4, lastOfExponent & 1 == 1,
            exponent != [1]
        else { return nil }
        return VerificationKey(modulus: modulus, exponent: exponent, algorithms)
    }

    private func curveKey() -> VerificationKey? {
        guard curve == "P-256", !allowed([.es256]).isEmpty, let x = x.flatMap(Base64URL.decode),
            let y = y.flatMap(Base64URL.decode), x.count == 32, y.count == 32
        else { return nil }
        return VerificationKey(x: x, y: y)
    }

    /// Those of a key type's algorithms that the key may be used with.
    private func allowed(_ algorithms: Set<TokenAlgorithm>) -> Set<TokenAlgorithm> {
        guard let algorithm else { return algorithms }
        return algorithms.intersection([TokenAlgorithm(rawValue: algorithm)].compactMap(\.self))
    }

    /// A big-endian integer without leading zeros, which some issuers write.
    private static func integer(_ text: String?) -> [UInt8]? {
        text.flatMap(Base64URL.decode).map { Array($0.drop { $0 == 0 }) }
    }
}
