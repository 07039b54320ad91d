import JSON
import Models
import Persistence
import RESTContract

/// The bodies of requests about claims: objects with one member.
enum ClaimBody {
    /// The code of `{"code": …}`.
    ///
    /// - Throws: `FieldErrors`, or `JSONError` if the text is not JSON.
    static func code(in bytes: [UInt8]) throws -> String {
        guard let code = try text("code", in: bytes) else {
            throw FieldErrors("code", FieldErrors.missing)
        }
        return code
    }

    /// The kind of `{"kind": …}`; a login without a body or a kind.
    ///
    /// - Throws: `FieldErrors`, or `JSONError` if the text is not JSON.
    static func kind(in bytes: [UInt8]) throws -> ClaimKind {
        guard !bytes.isEmpty, let text = try text("kind", in: bytes) else { return .login }
        guard let kind = ClaimKind(rawValue: text) else { throw FieldErrors("kind", "Must be login or phone.") }
        return kind
    }

    /// The text of the only member of an object; `nil` without it.
    static func text(_ member: String, in bytes: [UInt8]) throws -> String? {
        var reader = JSONReader(bytes)
        guard try reader.peekKind() == .object else {
            throw FieldErrors("", "Invalid input type: expected an object.")
        }
        var (text, errors) = (String?.none, FieldErrors())
        try reader.beginObject()
        while let key = try reader.nextKey() {
            guard key == member, try reader.peekKind() == .string else {
                errors.add(String(key.prefix(64)), key == member ? FieldErrors.notAString : FieldErrors.unknown)
                guard errors.entries.count < 32 else { throw errors }
                try reader.skipValue()
                continue
            }
            text = try reader.readString()
        }
        try reader.finish()
        guard !errors.contains() else { throw errors }
        return text
    }
}
