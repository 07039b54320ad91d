import Networking

/// A network that may use an API key: an address, or a network such as `10.0.0.0/8`.
struct KeyNetwork {
    /// The network as it was written.
    let text: String

    /// The maximum number of networks of a key.
    static let maximumCount = 64

    /// `nil` unless the text is one address or network.
    init?(_ text: String) {
        guard text != "none", !text.contains(","), !text.contains(" "), AddressRanges(text) != nil else { return nil }
        self.text = text
    }

    /// The expected form, for messages.
    static let expectation = "an address or a network such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32"
}
