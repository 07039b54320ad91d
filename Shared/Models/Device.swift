package import JSON

/// The name by which a phone is known to the protocols of phone apps: 1 to 64 letters, digits and `.`, `_`, `:`, `-`.
///
/// One that is made here has 80 random bits, so that it is a secret where a protocol knows no other.
package struct DeviceID: Hashable, Sendable {
    /// The text.
    package let text: String

    /// Takes a text; `nil` if it cannot be such a name.
    package init?(_ text: some StringProtocol) {
        guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy(Self.isAllowed) else { return nil }
        self.text = String(text)
    }

    /// A new one.
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

    /// What a valid name is, for error messages.
    package static let expectation = "1 to 64 letters, digits and the characters . _ : -"
}

/// A phone and whose it is.
package struct Device: Equatable, Sendable {
    /// Its name in the protocols.
    package let id: DeviceID
    /// Whose it is.
    package let personID: PersonID
    /// Its number among the person's devices, which its locations carry.
    package let number: DeviceNumber
    /// What its owner calls it.
    package let name: String
    /// When it was registered.
    package let creationTime: Timestamp
    /// What its messages tell of it.
    package let status: DeviceStatus

    /// Joins the six.
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

    /// Writes the members `"id", "person_id", "number", "name", "created_at"`, and those of its status; `"number"` only if it
    /// has one.
    package func writeMembers(to writer: inout JSONWriter) {
        writer.member("id", id.text)
        writer.member("person_id", personID.rawValue)
        if number != .none { writer.member("number", number.rawValue) }
        writer.member("name", name)
        writer.member("created_at", creationTime.description)
        status.writeMembers(to: &writer)
    }
}

/// What is needed to register a device: `{"id", "name"}`, both optional.
package struct DeviceDetails: Equatable, Sendable {
    /// The name in the protocols, if the phone has one already.
    package let id: DeviceID?
    /// What the owner calls it.
    package let name: String

    /// Reads the object.
    ///
    /// - Throws: ``FieldErrors`` with every problem at once, or ``JSONError`` if the text is not JSON at all.
    package init(from reader: inout JSONReader) throws {
        guard try reader.peekKind() == .object else {
            try reader.skipValue()
            throw FieldErrors("", "Invalid input type: expected an object.")
        }
        var (id, name, errors) = (nil as DeviceID?, "", FieldErrors())
        try reader.beginObject()
        while let key = try reader.nextKey() {
            guard ["id", "name"].contains(key) else {
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
            if key == "id" {
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
        guard !errors.contains() else { throw errors }
        self.id = id
        self.name = name
    }
}
