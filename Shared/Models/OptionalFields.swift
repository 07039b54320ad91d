package import JSON

/// Reads an object whose members are texts and flags, none of them required.
package struct OptionalFields {
    /// The texts of the members that were present.
    package private(set) var texts: [String: String] = [:]
    /// The flags of the members that were present.
    package private(set) var flags: [String: Bool] = [:]
    /// The problems so far.
    package var errors = FieldErrors()
    private let textNames: Set<String>
    private let flagNames: Set<String>

    /// Knows the names of the members.
    package init(texts: Set<String>, flags: Set<String> = []) {
        (textNames, flagNames) = (texts, flags)
    }

    /// Reads the object, and notes each member that is unknown or of another type.
    ///
    /// - Throws: ``FieldErrors`` if there is no object, or after 32 problems; ``JSONError``.
    package mutating func read(from reader: inout JSONReader) throws {
        guard try reader.peekKind() == .object else {
            throw FieldErrors("", "Invalid input type: expected an object.")
        }
        try reader.beginObject()
        while let key = try reader.nextKey() {
            let kind = try reader.peekKind()
            switch (textNames.contains(key), flagNames.contains(key)) {
            case (true, _) where kind == .string: texts[key] = try reader.readString()
            case (_, true) where kind == .boolean: flags[key] = try reader.readBoolean()
            case (let isText, let isFlag):
                try reader.skipValue()
                // The field is the client's text: it is returned to the client, shortened.
                errors.add(
                    String(key.prefix(64)),
                    isText ? FieldErrors.notAString : isFlag ? "Expected true or false." : FieldErrors.unknown
                )
            }
            guard errors.entries.count < 32 else { throw errors }
        }
    }
}
