/// The name of a header field, which is case-insensitive.
package struct HeaderName: Sendable, Equatable, ExpressibleByStringLiteral {
    /// The name as sent.
    package let text: String

    /// A name as received.
    package init(_ text: String) {
        self.text = text
    }

    /// A constant name.
    package init(stringLiteral text: String) {
        self.text = text
    }

    package static func == (lhs: HeaderName, rhs: HeaderName) -> Bool {
        ASCII.equalIgnoringCase(lhs.text.utf8, rhs.text.utf8)
    }
}

/// The header fields of a message, in their order; a name may occur more than once.
///
/// A message has few of them, so a search is linear: O(fields).
package struct HTTPHeaders: Sendable, ExpressibleByDictionaryLiteral {
    /// A line of a message's head.
    package struct Field: Sendable, Equatable {
        /// The name.
        package let name: HeaderName
        /// The value without surrounding white space.
        package let value: String

        /// Whether the field can be sent without becoming two fields or none.
        var isWellFormed: Bool {
            !name.text.isEmpty && name.text.utf8.allSatisfy(ASCII.isToken) && value.utf8.allSatisfy(ASCII.isFieldValue)
        }
    }

    /// The fields in the order of sending.
    package private(set) var fields: [Field]

    /// Fields in their order: `["Location": "/api/persons/7"]`.
    package init(dictionaryLiteral elements: (HeaderName, String)...) {
        fields = elements.map { Field(name: $0, value: $1) }
    }

    /// The value of the first field of this name; assigning replaces all fields of the name, `nil` removes them.
    package subscript(_ name: HeaderName) -> String? {
        get { fields.first { $0.name == name }?.value }
        set {
            fields.removeAll { $0.name == name }
            if let newValue {
                fields.append(Field(name: name, value: newValue))
            }
        }
    }

    /// The values of all fields of this name.
    package func values(_ name: HeaderName) -> [String] {
        fields.compactMap { $0.name == name ? $0.value : nil }
    }

    /// Appends a field, also if one of its name exists.
    package mutating func add(_ name: HeaderName, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// Declares that the answer depends on a field of the request (`Vary`).
    mutating func vary(on name: String) {
        guard let index = fields.firstIndex(where: { $0.name == "Vary" }) else { return add("Vary", name) }
        let value = fields[index].value
        guard !value.split(separator: ",").contains(where: { $0.drop { $0 == " " } == name }) else { return }
        fields[index] = Field(name: "Vary", value: "\(value), \(name)")
    }

    /// Reserves room for fields.
    mutating func reserveCapacity(_ count: Int) {
        fields.reserveCapacity(count)
    }
}
