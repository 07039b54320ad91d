/// Converts the body of a phone's message to UTF-8.
enum PhoneText {
    /// Maximum bytes of UTF-16 to convert, which takes three times as much memory.
    ///
    /// Such messages are small.
    private static let maximumUTF16 = 1 << 20

    /// Removes a byte order mark, and converts UTF-16 to UTF-8.
    ///
    /// Without a mark, the first character reveals UTF-16, because it is ASCII in every format that phones send (RFC 4627,
    /// section 3).
    static func utf8(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= 2 else { return bytes }
        switch (bytes[0], bytes[1]) {
        case (0xEF, 0xBB) where bytes.count >= 3 && bytes[2] == 0xBF: return Array(bytes[3...])
        case (0xFE, 0xFF): return utf8(bytes[2...], highByteFirst: true)
        case (0xFF, 0xFE): return utf8(bytes[2...], highByteFirst: false)
        case (0, 1...): return utf8(bytes[...], highByteFirst: true)
        case (1..., 0): return utf8(bytes[...], highByteFirst: false)
        default: return bytes
        }
    }

    private static func utf8(_ bytes: ArraySlice<UInt8>, highByteFirst: Bool) -> [UInt8] {
        guard bytes.count <= maximumUTF16 else { return Array(bytes) }
        let units = stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2).map { index in
            let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
            return highByteFirst ? first << 8 | second : second << 8 | first
        }
        return Array(String(decoding: units, as: UTF16.self).utf8)
    }
}
