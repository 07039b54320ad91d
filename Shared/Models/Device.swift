package import JSON

/// The id by which the protocols of phone apps know a device: 1 to 64 letters, digits and `.`, `_`, `:`, `-`.
///
/// A generated id has 80 random bits, so that it serves as a secret in protocols without tokens.
package struct DeviceID: Hashable, Sendable {
    package let text: String

    /// `nil` if the text is not a valid id.
    package init?(_ text: some StringProtocol) {
        guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy(Self.isAllowed) else { return nil }
        self.text = String(text)
    }

    /// Generates an id.
    package static func random() -> DeviceID {
        DeviceID(unchecked: RandomText.make(characters: 16))
    }

    private init(unchecked text: String) {
        self.text = text
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: ".:_-".utf8.contains(byte)
        }
    }

    /// The valid ids, for error messages.
    package static let expectation = "1 to 64 letters, digits and the characters . _ : -"
}

/// A device and its person.
package struct Device: Equatable, Sendable {
    /// The id in the protocols of phone apps.
    package let id: DeviceID
    /// The owner.
    package let personID: PersonID
    /// The number among the person's devices, which the device's locations carry.
    package let number: DeviceNumber
    /// The owner's name for the device.
    package let name: String
    /// The time of registration.
    package let creationTime: Timestamp
    /// The status, from the device's messages.
    package let status: DeviceStatus

    package init(
        id: DeviceID,
        personID: PersonID,
        number: DeviceNumber,
        name: String,
        creationTime: Timestamp,
        status: DeviceStatus = DeviceStatus()
    ) {
        self.id = id
        self.personID = personID
        self.number = number
        self.name = name
        self.creationTime = creationTime
        self.status = status
    }

    /// Writes the members `"id"`, `"person_id"`, `"number"`, `"name"`, `"created_at"` and those of the status;
    /// `"number"` only if there is one.
    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("id", id.text)
        writer.member("person_id", personID.rawValue)
        if number != .none { writer.member("number", number.rawValue) }
        writer.member("name", name)
        writer.member("created_at", creationTime.description)
        status.writeMembers(to: &writer)
    }
}

/// The body of a registration: `{"id", "name"}`, both optional, and the `"code"` of a claim where one is needed.
package struct DeviceDetails: Equatable, Sendable {
    /// The id that the phone already has, if any.
    package let id: DeviceID?
    /// The owner's name for the device.
    package let name: String
    /// The code of a claim; empty where none is needed.
    package let code: String

    /// Reads the object.
    ///
    /// - Parameters:
    ///   - reader: the text.
    ///   - needsCode: whether the object must have the code of a claim.
    /// - Throws: ``FieldErrors`` with every problem at once, or ``JSONError`` if the text is not JSON at all.
    package init(from reader: inout JSONReader, needsCode: Bool = false) throws {
        guard try reader.peekKind() == .object else {
            try reader.skipValue()
            throw FieldErrors("", "Invalid input type: expected an object.")
        }
        var (id, name, code, errors) = (nil as DeviceID?, "", nil as String?, FieldErrors())
        try reader.beginObject()
        while let key = try reader.nextKey() {
            guard ["id", "name"].contains(key) || needsCode && key == "code" else {
                try reader.skipValue()
                if errors.entries.count < 32 { errors.add(String(key.prefix(64)), FieldErrors.unknown) }
                continue
            }
            guard try reader.peekKind() == .string else {
                if try reader.peekKind() != .null { errors.add(key, FieldErrors.notAString) }
                try reader.skipValue()
                continue
            }
            let text = try reader.readString()
            if key == "code" {
                code = text
            } else if key == "id" {
                id = DeviceID(text)
                if id == nil { errors.add(key, "Must be \(DeviceID.expectation).") }
            } else if text.unicodeScalars.count > 255 || text.utf8.contains(0) {
                errors.add(key, "Must be text of at most 255 characters without NUL.")
            } else if let problem = VisibleText.problem(of: text) {
                errors.add(key, problem)
            } else {
                name = text
            }
        }
        if needsCode, code == nil, !errors.contains("code") { errors.add("code", FieldErrors.missing) }
        guard !errors.contains() else { throw errors }
        self.id = id
        self.name = name
        self.code = code ?? ""
    }
}
