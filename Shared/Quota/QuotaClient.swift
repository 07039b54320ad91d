/// The text by which units are counted, such as `key:3f9a01bc` or `person:7`.
package struct QuotaClient: Hashable, Sendable, CustomStringConvertible {
    /// The maximum length in bytes.
    package static let maximumLength = 100

    /// 1 to ``maximumLength`` visible ASCII characters without spaces.
    package let text: String

    /// `nil` if the text is empty, too long, or has a space or a character outside visible ASCII.
    package init?(_ text: String) {
        guard (1...Self.maximumLength).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        self.text = text
    }

    package var description: String { text }
}

/// A client's account of one day.
package struct QuotaAccount: Hashable, Sendable {
    /// The client.
    package let client: QuotaClient
    /// The date of a ``QuotaDay``, in days since 1970.
    package let daysSince1970: Int32

    /// The account of a client and a date in days since 1970.
    package init(client: QuotaClient, daysSince1970: Int32) {
        self.client = client
        self.daysSince1970 = daysSince1970
    }
}
