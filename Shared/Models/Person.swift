package import JSON

/// A person who attends the event.
package struct Person: Equatable, Sendable {
    /// The person's number.
    package let id: PersonID
    /// Names and company.
    package let details: PersonDetails

    package init(id: PersonID, details: PersonDetails) {
        self.id = id
        self.details = details
    }

    /// Writes `{"id", "first_name", "last_name", "company_name"}`.
    package func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", id.rawValue)
            writer.member("first_name", details.firstName)
            writer.member("last_name", details.lastName)
            writer.member("company_name", details.companyName)
        }
    }
}

/// A person's names and company: text of at most 255 characters without NUL, which PostgreSQL cannot store.
package struct PersonDetails: Equatable, Sendable {
    /// The given name.
    package let firstName: String
    /// The family name.
    package let lastName: String
    /// The company or institution.
    package let companyName: String

    /// The maximum length of a text, in Unicode scalars.
    package static let maximumLength = 255

    /// Checks three texts.
    ///
    /// - Throws: ``FieldErrors`` for each text that is too long or contains a NUL.
    package init(firstName: String, lastName: String, companyName: String) throws(FieldErrors) {
        var errors = FieldErrors()
        for (field, text) in [("first_name", firstName), ("last_name", lastName), ("company_name", companyName)] {
            Self.check(text, field: field, into: &errors)
        }
        guard !errors.contains() else { throw errors }
        self.firstName = firstName
        self.lastName = lastName
        self.companyName = companyName
    }

    /// Skips the checks for stored texts, since legacy texts had no limit.
    package init(stored firstName: String, _ lastName: String, _ companyName: String) {
        self.firstName = firstName
        self.lastName = lastName
        self.companyName = companyName
    }

    /// Two letters for a map: the first one of each name; `?` for an empty name.
    package var initials: String {
        [firstName, lastName].map { name in name.first { !$0.isWhitespace }.map { $0.uppercased() } ?? "?" }.joined()
    }

    /// Reads `{"first_name", "last_name", "company_name"}`; an `id` is ignored.
    ///
    /// - Throws: ``FieldErrors`` in the legacy API's words, with every problem at once, or ``JSONError``.
    package init(from reader: inout JSONReader) throws {
        guard try reader.peekKind() == .object else {
            throw FieldErrors("", "Invalid input type: expected an object.")
        }
        var errors = FieldErrors()
        var texts: [String: String] = [:]
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "first_name", "last_name", "company_name":
                if try reader.peekKind() == .string {
                    texts[key] = try reader.readString()
                } else {
                    try reader.skipValue()
                    errors.add(key, FieldErrors.notAString)
                }
            case "id": try reader.skipValue()
            default:
                try reader.skipValue()
                // The field is the client's text: it is returned to the client, shortened.
                errors.add(String(key.prefix(64)), FieldErrors.unknown)
            }
            guard errors.entries.count < 32 else { throw errors }
        }
        for field in ["first_name", "last_name", "company_name"] {
            if let text = texts[field] {
                Self.check(text, field: field, into: &errors)
            } else if !errors.contains(field) {
                errors.add(field, FieldErrors.missing)
            }
        }
        guard !errors.contains(), let first = texts["first_name"], let last = texts["last_name"],
            let company = texts["company_name"]
        else { throw errors }
        firstName = first
        lastName = last
        companyName = company
    }

    private static func check(_ text: String, field: String, into errors: inout FieldErrors) {
        if text.unicodeScalars.count > maximumLength {
            errors.add(field, "Longer than maximum length \(maximumLength).")
        }
        if text.utf8.contains(0) {
            errors.add(field, "Not a valid string: it contains a NUL character.")
        } else if let problem = VisibleText.problem(of: text) {
            errors.add(field, problem)
        }
    }
}
