package import JSON

/// How a person can be reached, as the person wrote it down.
package struct ContactCard: Equatable, Sendable {
    /// The e-mail address; empty if there is none, as the others.
    package let email: String
    /// The telephone number.
    package let phone: String
    /// The address of a page about the person.
    package let url: String
    /// The position in the company.
    package let jobTitle: String

    /// The maximum length of each text, in Unicode scalars.
    package static let maximumLength = 255

    package init(email: String = "", phone: String = "", url: String = "", jobTitle: String = "") {
        (self.email, self.phone, self.url, self.jobTitle) = (email, phone, url, jobTitle)
    }

    /// Reads `{"email", "phone", "url", "job_title"}`; a missing member is empty.
    ///
    /// - Throws: ``FieldErrors`` with every problem at once, or ``JSONError``.
    package init(from reader: inout JSONReader) throws {
        var fields = OptionalFields(texts: ["email", "phone", "url", "job_title"])
        try fields.read(from: &reader)
        email = fields.texts["email"] ?? ""
        phone = fields.texts["phone"] ?? ""
        url = fields.texts["url"] ?? ""
        jobTitle = fields.texts["job_title"] ?? ""
        for (name, text) in fields.texts where !fields.errors.contains(name) && !text.isEmpty {
            if let problem = VisibleText.problem(of: text, characters: 1...Self.maximumLength) {
                fields.errors.add(name, problem)
            }
        }
        if !email.isEmpty, email.wholeMatch(of: /[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+/) == nil {
            fields.errors.add("email", "Not a valid e-mail address: expected name@example.org.")
        }
        if !phone.isEmpty, phone.wholeMatch(of: /\+?[0-9(][0-9 ()\/.\-]{2,39}/) == nil {
            fields.errors.add(
                "phone",
                "Not a valid number: expected 3 to 40 digits, spaces and ()/.-, after an optional +."
            )
        }
        if !url.isEmpty, url.wholeMatch(of: /https?:\/\/[!-.0-?A-~]+(\/[!-~]*)?/) == nil {
            fields.errors.add("url", "Not a valid address: expected https://example.org/page.")
        }
        guard !fields.errors.contains() else { throw fields.errors }
    }

    /// Writes the members that are not empty.
    package func writeMembers(to writer: inout JSONWriter) {
        for (name, text) in [("email", email), ("phone", phone), ("url", url), ("job_title", jobTitle)]
        where !text.isEmpty {
            writer.member(name, text)
        }
    }
}
