package import HTTPServer
import JSON
package import Models

extension FieldErrors: ProblemConvertible {
    /// A 400 problem that lists every field by JSON pointer, and also under `schema_errors`, like the legacy API.
    package var problem: Problem {
        Problem(
            .badRequest,
            "The body has invalid fields; errors names each of them.",
            errors: entries.map { .pointer($0.pointer, $0.message) }
        ) { [entries] writer in
            writer.object("schema_errors") { writer in
                var written: Set<String> = []
                for entry in entries where written.insert(entry.field).inserted {
                    // The legacy API's key for an input that is invalid as a whole.
                    writer.array(entry.field.isEmpty ? "_schema" : entry.field) { writer in
                        for other in entries where other.field == entry.field { writer.value(other.message) }
                    }
                }
            }
        }
    }
}

extension FieldErrors.Entry {
    /// The field as a JSON pointer (RFC 6901).
    package var pointer: String {
        field.isEmpty ? "" : "/\(field.pointerToken)"
    }
}

extension StringProtocol {
    /// The name of a member as a part of a JSON pointer (RFC 6901).
    package var pointerToken: String {
        reduce(into: "") { token, character in
            switch character {
            case "~": token += "~0"
            case "/": token += "~1"
            default: token.append(character)
            }
        }
    }
}
