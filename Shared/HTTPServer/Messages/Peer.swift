import Networking

/// The other end of a connection: a client, or a proxy for many clients.
package struct Peer: Sendable {
    /// The address without the port.
    package let address: String
    /// Whether its `X-Forwarded-For`, `X-Request-Id` and `traceparent` count.
    package let isTrusted: Bool

    /// A peer with its address.
    package init(address: String, isTrusted: Bool) {
        self.address = address
        self.isTrusted = isTrusted
    }
}

extension Request {
    /// The client's address: the peer's, or the one from a trusted proxy.
    ///
    /// Of several in `X-Forwarded-For` the last one counts, which the proxy itself has seen; the others are the
    /// client's claim.
    package var clientAddress: String {
        guard peer.isTrusted, let field = headers.values("X-Forwarded-For").last,
            let last = field.split(separator: ",", omittingEmptySubsequences: false).last,
            let address = IPAddress(last.drop { $0 == " " })
        else { return peer.address }
        return address.description
    }

    /// The key of limits per client: its address, or the /64 network of an IPv6 address.
    package var clientNetwork: String { IPAddress(clientAddress)?.network.description ?? clientAddress }
}
