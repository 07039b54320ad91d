import HTTPServer

/// The client's name for a request, by which a retry returns the same answer without a second effect.
///
/// `Idempotency-Key` of draft-ietf-httpapi-idempotency-key-header: a string in quotation marks. Many clients send keys
/// without quotation marks, so these are accepted, too.
struct IdempotencyKey: Hashable, Sendable {
    /// The header.
    static let header = "Idempotency-Key"
    private static let maximumCount = 255

    /// The text between the quotation marks.
    let text: String

    /// Reads a header's value; `nil` if it is empty, too long, or not plain text.
    init?(_ field: String) {
        var text = field[...]
        if text.first == "\"" {
            guard text.count >= 2, text.last == "\"" else { return nil }
            text = text.dropFirst().dropLast()
        }
        let isPlain = text.utf8.allSatisfy {
            (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        guard isPlain, !text.isEmpty, text.utf8.count <= Self.maximumCount else { return nil }
        self.text = String(text)
    }

    /// The key of a request, if it has one.
    ///
    /// - Throws: a 400 problem if the key is invalid.
    init?(of request: Request) throws(Problem) {
        guard let field = request.headers["Idempotency-Key"] else { return nil }
        guard let key = IdempotencyKey(field) else {
            throw Problem(
                .badRequest,
                "A header is invalid.",
                errors: [
                    .header(
                        Self.header,
                        "Expected a string of 1 to \(Self.maximumCount) printable ASCII characters in quotation marks."
                    )
                ]
            )
        }
        self = key
    }
}
