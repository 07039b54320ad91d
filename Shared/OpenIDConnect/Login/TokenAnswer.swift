internal import JSON

/// The answer of a token endpoint (RFC 6749, section 5.1).
struct TokenAnswer {
    /// The longest answer, in bytes.
    static let maximumLength = 64 << 10

    let idToken: String
    let accessToken: String?

    /// `nil` if it is not one JSON object with an ID token.
    init?(_ json: [UInt8]) {
        var (idToken, accessToken): (String?, String?)
        do throws(JSONError) {
            var reader = JSONReader(json, maximumDepth: 8)
            try reader.beginObject()
            while let name = try reader.nextKey() {
                switch name {
                case "id_token": idToken = try reader.readString()
                case "access_token": accessToken = try reader.readString()
                default: try reader.skipValue()
                }
            }
            try reader.finish()
        } catch {
            return nil
        }
        guard let idToken else { return nil }
        (self.idToken, self.accessToken) = (idToken, accessToken)
    }
}
