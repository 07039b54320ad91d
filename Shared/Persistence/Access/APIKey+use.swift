package import Access
package import Models
internal import Networking

extension APIKey {
    /// Whether the key counts at a time.
    package func isValid(at now: Timestamp) -> Bool {
        revokedAt == nil && now < details.expiresAt
    }

    /// Whether the key may be used from an address.
    package func mayBeUsed(from address: String) -> Bool {
        guard !details.networks.isEmpty else { return true }
        return AddressRanges(details.networks.joined(separator: ","))?.contains(address) ?? false
    }
}

extension Identity {
    /// The identity of a program with a key.
    package init(_ key: APIKey) {
        self.init(subject: "key:\(key.id.text)", roles: [.client])
        scopes = key.details.scopes
        events = key.details.events
        session = subject
    }
}
