/// The tag that identifies a version of content (RFC 9110, section 8.8.3).
enum EntityTag {
    /// A strong tag: 120 bits of the content's SHA-256, in hexadecimal between quotes.
    ///
    /// O(bytes).
    static func strong(_ content: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = [UInt8(ascii: "\"")]
        for byte in SHA256Digest.of(content).prefix(15) {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        text.append(UInt8(ascii: "\""))
        return String(decoding: text, as: UTF8.self)
    }

    /// The weak form of a tag, for compressed content, which is not identical byte by byte.
    static func weak(_ tag: String) -> String {
        tag.hasPrefix("W/") ? tag : "W/" + tag
    }

    /// Whether an `If-None-Match` has a tag; weak and strong ones count as equal (section 13.1.2).
    static func matches(_ field: String?, _ tag: String) -> Bool {
        guard let field else { return false }
        let opaque = tag.hasPrefix("W/") ? tag.dropFirst(2) : tag[...]
        return field.split(separator: ",").contains { element in
            let candidate = element.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" }
            return candidate == "*" || (candidate.hasPrefix("W/") ? candidate.dropFirst(2) : candidate) == opaque
        }
    }
}
