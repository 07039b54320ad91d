internal import JSON

/// The claims of a token whose signature matches (RFC 7519, section 4).
///
/// Unknown claims are skipped. A known claim of another type rejects the token: numbers are integers, not fractions or texts.
struct TokenClaims: Sendable {
    var issuer: String?
    var subject: String?
    var audience: [String] = []
    var expiry: NumericDate?
    var notBefore: NumericDate?
    var issuedAt: NumericDate?
    var tokenID: String?
    var clientID: String?
    var authorizedParty: String?
    var scope: String?
    var nonce: String?
    var authenticationTime: NumericDate?
    var accessTokenHash: String?
    var authenticationMethods: [String] = []
    var authenticationClass: String?
    var name: String?
    var email: String?
    var isEmailVerified = false
    /// Whether the token is bound to a key of its sender.
    var hasConfirmation = false

    /// Reads the claims, in O(length).
    init(_ json: [UInt8]) throws(TokenRejection) {
        do throws(JSONError) {
            var reader = JSONReader(json, maximumDepth: 16)
            try reader.beginObject()
            while let name = try reader.nextKey() { try read(name, from: &reader) }
            try reader.finish()
        } catch {
            throw .claims
        }
    }

    private mutating func read(_ name: String, from reader: inout JSONReader) throws(JSONError) {
        switch name {
        case "iss": issuer = try reader.readString()
        case "sub": subject = try reader.readString()
        case "aud": audience = try Self.texts(from: &reader)
        case "exp": expiry = try Self.date(from: &reader)
        case "nbf": notBefore = try Self.date(from: &reader)
        case "iat": issuedAt = try Self.date(from: &reader)
        case "jti": tokenID = try reader.readString()
        case "client_id": clientID = try reader.readString()
        case "azp": authorizedParty = try reader.readString()
        case "scope": scope = try reader.readString()
        case "nonce": nonce = try reader.readString()
        case "auth_time": authenticationTime = try Self.date(from: &reader)
        case "at_hash": accessTokenHash = try reader.readString()
        case "amr": authenticationMethods = try Self.texts(from: &reader)
        case "acr": authenticationClass = try reader.readString()
        case "name": self.name = try reader.readString()
        case "email": email = try reader.readString()
        case "email_verified": isEmailVerified = try reader.readBoolean()
        case "cnf":
            hasConfirmation = true
            try reader.skipValue()
        default: try reader.skipValue()
        }
    }

    private static func date(from reader: inout JSONReader) throws(JSONError) -> NumericDate {
        let offset = reader.position
        guard let date = NumericDate(try reader.readInteger()) else { throw JSONError(.outOfRange, offset: offset) }
        return date
    }

    /// One text, or an array of texts.
    private static func texts(from reader: inout JSONReader) throws(JSONError) -> [String] {
        guard try reader.peekKind() == .array else { return [try reader.readString()] }
        var texts: [String] = []
        try reader.beginArray()
        while try reader.nextElement() { texts.append(try reader.readString()) }
        return texts
    }
}
