/// The URL of an issuer or of one of its endpoints: https, or http on this machine.
package struct EndpointAddress: Hashable, Sendable {
    /// The longest URL, in bytes.
    private static let maximumLength = 2_048

    /// The whole URL.
    package let text: String

    /// `nil` if the URL has another scheme, no host, a user, a fragment, or characters that URLs do not allow.
    ///
    /// Characters that parsers read differently, such as backslashes, are refused, because libcurl parses the URL again.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.maximumLength, text.utf8.allSatisfy(Self.isPlain) else { return nil }
        let isSecure = text.hasPrefix("https://")
        guard isSecure || text.hasPrefix("http://") else { return nil }
        let authority = text.dropFirst(isSecure ? 8 : 7).prefix { $0 != "/" && $0 != "?" }
        guard let host = Self.host(authority), isSecure || Self.isLocal(host) else { return nil }
        self.text = text
    }

    /// The URL with more parameters.
    func with(_ query: String) -> String {
        text + (text.contains("?") ? "&" : "?") + query
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~:/?[]!$&'()*+,;=%".utf8.contains(byte)
        }
    }

    /// The host, without its port.
    private static func host(_ authority: Substring) -> Substring? {
        var host = authority
        if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
            guard UInt16(authority[authority.index(after: colon)...]) ?? 0 > 0 else { return nil }
            host = authority[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            let isAddress = host.dropFirst().dropLast().allSatisfy { $0 == ":" || $0 == "." || $0.isHexDigit }
            return isAddress ? host : nil
        }
        let isName = host.utf8.allSatisfy { byte in
            isPlain(byte) && (byte >= UInt8(ascii: "0") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "."))
                && !":;=?[]_~".utf8.contains(byte)
        }
        return isName && !host.isEmpty ? host : nil
    }

    private static func isLocal(_ host: Substring) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        let isLoopback = parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
        return host == "localhost" || host == "[::1]" || isLoopback
    }
}
