import Credentials
import JSON
import Models
import WebPush

/// The body of a request to send push messages to a browser: what its `PushSubscription` has.
struct PushRegistration {
    /// The endpoint.
    let address: EndpointAddress
    /// The keys.
    let keys: PushKeys

    /// Reads `{"endpoint": "https://…", "p256dh": "…", "auth": "…"}`.
    ///
    /// - Parameters:
    ///   - bytes: the object.
    ///   - address: reads the address of an endpoint; `nil` if it is not allowed.
    /// - Throws: `FieldErrors` with every problem, or `JSONError` if the text is not JSON.
    init(json bytes: [UInt8], address: (String) -> EndpointAddress?) throws {
        var (reader, fields) = (JSONReader(bytes), OptionalFields(texts: Set(Self.members)))
        try fields.read(from: &reader)
        try reader.finish()
        for member in Self.members where fields.texts[member] == nil && !fields.errors.contains(member) {
            fields.errors.add(member, FieldErrors.missing)
        }
        let endpoint = fields.texts["endpoint"].flatMap(address)
        if fields.texts["endpoint"] != nil, endpoint == nil { fields.errors.add("endpoint", EndpointAddress.problem) }
        let publicKey = fields.texts["p256dh"].flatMap { Base64URL.decode($0) }.flatMap { P256PublicKey($0) }
        if fields.texts["p256dh"] != nil, publicKey == nil {
            fields.errors.add("p256dh", "Expected an uncompressed point on P-256 in Base64url: 87 characters.")
        }
        let secret = fields.texts["auth"].flatMap { Base64URL.decode($0) }
        if fields.texts["auth"] != nil, secret?.count != PushKeys.secretLength {
            fields.errors.add("auth", "Expected 16 bytes in Base64url: 22 characters.")
        }
        guard !fields.errors.contains(), let endpoint, let publicKey, let secret,
            let keys = PushKeys(publicKey: publicKey, secret: secret)
        else { throw fields.errors }
        (self.address, self.keys) = (endpoint, keys)
    }

    private static let members = ["endpoint", "p256dh", "auth"]
}
