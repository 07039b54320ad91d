internal import COpenSSL

/// Bytes as text that fits into URLs and header fields: Base64 with `-` and `_`, without padding (RFC 4648, section 5).
package enum Base64URL {
    /// The text of bytes.
    package static func encode(_ bytes: [UInt8]) -> String {
        let padded = [UInt8](unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4 + 1) { buffer, count in
            // Safety: OpenSSL writes four characters per three bytes begun, and a NUL, for which there is room.
            count = Int(EVP_EncodeBlock(buffer.baseAddress, bytes, Int32(clamping: bytes.count)))
        }
        let text = padded.prefix { $0 != UInt8(ascii: "=") }.map { character in
            switch character {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            default: character
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a text; `nil` unless it is the text that ``encode(_:)`` makes of them.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        // A generic view is slow to go through.
        let characters = Array(text.utf8)
        var padded: [UInt8] = []
        padded.reserveCapacity(characters.count + 3)
        for character in characters {
            switch character {
            case UInt8(ascii: "-"): padded.append(UInt8(ascii: "+"))
            case UInt8(ascii: "_"): padded.append(UInt8(ascii: "/"))
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"):
                padded.append(character)
            default: return nil
            }
        }
        let padding = (4 - padded.count % 4) % 4
        guard padding < 3 else { return nil }
        padded += repeatElement(UInt8(ascii: "="), count: padding)
        let bytes = [UInt8](unsafeUninitializedCapacity: padded.count / 4 * 3) { buffer, count in
            // Safety: OpenSSL writes three bytes per four characters, for which there is room.
            count = max(Int(EVP_DecodeBlock(buffer.baseAddress, padded, Int32(clamping: padded.count))) - padding, 0)
        }
        return Array(encode(bytes).utf8) == characters ? bytes : nil
    }
}
