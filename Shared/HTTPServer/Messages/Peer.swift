import Networking

/// The other end of a connection: a client, or a proxy that speaks for many.
package struct Peer: Sendable {
    /// Its address without its port.
    package let address: String
    /// Whether its `X-Forwarded-For`, `X-Request-Id` and `traceparent` count.
    package let isTrusted: Bool

    /// Describes a peer.
    package init(address: String, isTrusted: Bool) {
        self.address = address
        self.isTrusted = isTrusted
    }
}

extension Request {
    /// The client's address: the peer's, or the one that a trusted proxy names.
    ///
    /// Of several in `X-Forwarded-For` the last counts, which the proxy itself has seen; those before it are a client's claim.
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
