/// The content coding gzip, as requests and responses negotiate it (RFC 9110, section 12.5.3).
enum ContentCoding {
    /// Whether an `Accept-Encoding` allows gzip; without the header, responses are not compressed.
    static func acceptsGzip(_ field: String?) -> Bool {
        guard let field else { return false }
        var anything = false
        for element in field.split(separator: ",") {
            let parts = element.split(separator: ";")
            guard let coding = parts.first.map(trimmed) else { continue }
            let isAllowed = !parts.dropFirst().map(trimmed).contains { isZeroWeight($0) }
            if ASCII.equalIgnoringCase(coding.utf8, "gzip".utf8) || ASCII.equalIgnoringCase(coding.utf8, "x-gzip".utf8)
            {
                return isAllowed
            }
            if coding == "*" {
                anything = isAllowed
            }
        }
        return anything
    }

    /// Whether a `Content-Encoding` means gzip.
    ///
    /// - Throws: a 415 problem for an unknown coding.
    static func isGzip(_ field: String?) throws(Problem) -> Bool {
        guard let field else { return false }
        switch trimmed(field[...]).lowercased() {
        case "gzip", "x-gzip": return true
        case "", "identity": return false
        default:
            throw Problem(
                .unsupportedMediaType,
                "Of the content codings only gzip is understood.",
                headers: ["Accept-Encoding": "gzip"]
            )
        }
    }

    /// Whether compression makes content of a type smaller.
    static func isCompressible(_ contentType: String?) -> Bool {
        guard let contentType else { return false }
        let type = mediaType(contentType)
        if type.hasPrefix("text/") || type.hasSuffix("+json") || type.hasSuffix("+xml") { return true }
        return ["application/json", "application/x-ndjson", "application/javascript", "application/xml"].contains(type)
    }

    /// Whether content is JSON: `application/json`, `application/geo+json` and the like.
    static func isJSON(_ contentType: String?) -> Bool {
        guard let contentType else { return false }
        let type = mediaType(contentType)
        return type == "application/json" || type.hasSuffix("+json")
    }

    /// The media type in lower case, without parameters.
    static func mediaType(_ contentType: String) -> String {
        trimmed(contentType.prefix { $0 != ";" }).lowercased()
    }

    private static func isZeroWeight(_ parameter: Substring) -> Bool {
        guard parameter.hasPrefix("q=") || parameter.hasPrefix("Q=") else { return false }
        return parameter.dropFirst(2).allSatisfy { $0 == "0" || $0 == "." }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
