internal import CLibCurl

/// Names and values of a form or of a URL's query, in their order.
package struct FormFields: Sendable {
    /// The text: `name=value&…`, percent-encoded.
    package private(set) var text = ""

    /// The fields whose values are not `nil`.
    package init(_ fields: KeyValuePairs<String, String?>) {
        for case (let name, let value?) in fields { append(name, value) }
    }

    private mutating func append(_ name: String, _ value: String) {
        if !text.isEmpty { text += "&" }
        text += "\(Self.encode(name))=\(Self.encode(value))"
    }

    /// A text in which all characters but letters, digits and `-._~` are percent-encoded.
    package static func encode(_ text: String) -> String {
        // libcurl takes the length 0 as unknown.
        guard !text.isEmpty, let encoded = curl_easy_escape(nil, text, Int32(clamping: text.utf8.count)) else {
            return ""
        }
        defer { curl_free(encoded) }
        return String(cString: encoded)
    }
}
