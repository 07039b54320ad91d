import JSON
import Models

/// The identity and its limits, as the identity header transports them.
struct IdentityClaims: Equatable {
    var identity: Identity
    /// The last moment at which the header counts.
    var expiresAt: Timestamp
    /// The digest of the request that it was made for.
    var request: String

    /// The JSON text; members without a value are absent.
    var json: [UInt8] {
        JSONWriter.object { writer in
            writer.member("sub", identity.subject)
            writer.array("roles", of: identity.roles.map(\.rawValue).sorted()) { $0.value($1) }
            if let person = identity.person { writer.member("person", person.rawValue) }
            if !identity.events.isEmpty {
                writer.array("events", of: identity.events.sorted()) { $0.value($1.rawValue) }
            }
            if !identity.scopes.isEmpty { writer.array("scopes", of: identity.scopes.sorted()) { $0.value($1) } }
            if let session = identity.session { writer.member("session", session) }
            if let time = identity.authenticatedAt { writer.member("authenticated_at", time.microseconds) }
            if identity.hasEmergencyAccess { writer.member("emergency", true) }
            if let purpose = identity.purpose { writer.member("purpose", purpose) }
            writer.member("exp", expiresAt.microseconds)
            writer.member("for", request)
        }
    }

    init(identity: Identity, expiresAt: Timestamp, request: String) {
        self.identity = identity
        self.expiresAt = expiresAt
        self.request = request
    }

    /// Reads the JSON text; returns `nil` if a member is unknown, missing or invalid.
    init?(json: [UInt8]) {
        var reader = JSONReader(json, maximumDepth: 2)
        guard let claims = try? IdentityClaims(from: &reader) else { return nil }
        self = claims
    }

    private init(from reader: inout JSONReader) throws {
        var identity = Identity(subject: "", roles: [])
        var (expiresAt, request): (Timestamp?, String?)
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "sub": identity.subject = try reader.readString()
            case "roles":
                identity.roles = try reader.readSet { reader in
                    try Self.require(Role(rawValue: try reader.readString()))
                }
            case "person":
                identity.person = try Self.require(PersonID(rawValue: try reader.readInteger(as: Int32.self)))
            case "events":
                identity.events = try reader.readSet { reader in
                    try Self.require(EventID(rawValue: try reader.readInteger(as: Int32.self)))
                }
            case "scopes": identity.scopes = try reader.readSet { try $0.readString() }
            case "session": identity.session = try reader.readString()
            case "authenticated_at":
                identity.authenticatedAt = Timestamp(microseconds: try reader.readInteger(as: Int64.self))
            case "emergency": identity.hasEmergencyAccess = try reader.readBoolean()
            case "purpose": identity.purpose = try reader.readString()
            case "exp": expiresAt = Timestamp(microseconds: try reader.readInteger(as: Int64.self))
            case "for": request = try reader.readString()
            default: throw InvalidClaims()
            }
        }
        try reader.finish()
        self.init(
            identity: identity,
            expiresAt: try Self.require(expiresAt),
            request: try Self.require(request)
        )
    }

    private struct InvalidClaims: Error {}

    private static func require<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw InvalidClaims() }
        return value
    }
}

extension JSONReader {
    fileprivate mutating func readSet<Element: Hashable>(
        _ read: (inout JSONReader) throws -> Element
    ) throws -> Set<Element> {
        var elements: Set<Element> = []
        try beginArray()
        while try nextElement() { elements.insert(try read(&self)) }
        return elements
    }
}
