import Networking

/// The address of an endpoint: a URL without user, fragment and spaces.
struct EndpointAddress {
    /// The URL.
    let text: String
    /// Its origin (RFC 6454), such as `https://example.org`.
    let origin: String

    /// The problem of another text.
    static let problem =
        "Expected a public https address of at most \(maximumLength) characters, without user and fragment."
    /// The longest URL, in bytes.
    static let maximumLength = 2_000

    /// `nil` unless the text is an address of the expected form.
    ///
    /// - Parameters:
    ///   - text: the URL.
    ///   - allowsHTTP: whether it may begin with `http:`.
    ///   - forbidden: networks that a literal address may not be on. Names are checked when a connection is opened.
    init?(_ text: String, allowsHTTP: Bool, forbidden: AddressRanges) {
        let schemes = allowsHTTP ? ["https://", "http://"] : ["https://"]
        guard text.utf8.count <= Self.maximumLength, let scheme = schemes.first(where: text.hasPrefix) else {
            return nil
        }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let target = rest.dropFirst(authority.count)
        guard target.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "#") }),
            let host = Self.host(of: authority), !forbidden.contains(host)
        else { return nil }
        self.text = text
        let port = scheme == "https://" ? ":443" : ":80"
        origin = scheme + authority.dropLast(authority.hasSuffix(port) ? port.count : 0).lowercased()
    }

    /// The host of `host`, `host:port`, `[address]` or `[address]:port`.
    private static func host(of authority: Substring) -> String? {
        let literal = authority.hasPrefix("[")
        let end =
            literal
            ? authority.firstIndex(of: "]").map { authority.index(after: $0) } : authority.firstIndex(of: ":")
        let host = authority[..<(end ?? authority.endIndex)]
        let port = authority[host.endIndex...]
        if !port.isEmpty {
            guard port.hasPrefix(":"), let number = UInt16(port.dropFirst()), number > 0,
                port.dropFirst().utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
            else { return nil }
        }
        guard literal else { return isName(host) ? String(host) : nil }
        let address = host.dropFirst().dropLast()
        return address.contains(":") && IPAddress(address) != nil ? String(address) : nil
    }

    private static func isName(_ host: Substring) -> Bool {
        (1...253).contains(host.utf8.count)
            && host.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}
