package import Access
import Networking
package import ServiceRuntime

/// The settings of a service's access control.
package struct AccessConfiguration: Sendable {
    /// How strictly the service checks its callers.
    package let mode: AccessMode
    /// The addresses of the clients that may do everything in open mode.
    let openTo: AddressRanges
    /// The file with the keys that access-service shares with this service.
    let keyFile: String?

    /// Whether a client at an address needs no credential.
    package func isOpen(to address: String) -> Bool {
        mode == .observe || mode == .open && openTo.contains(address)
    }

    /// The file with the keys of our other services, whose identities have only the role `service`.
    let peerKeyFile: String?

    /// Reads the settings.
    package init(_ reader: inout EnvironmentReader) {
        mode = reader.choice(
            "ACCESS",
            default: .open,
            "Who may call: open lets clients of ACCESS_OPEN_TO do everything, observe counts what would be refused, enforce refuses it."
        )
        let networks = reader.string(
            "ACCESS_OPEN_TO",
            default: "127.0.0.0/8,::1",
            "Clients that need no credential with ACCESS=open: \(AddressRanges.expectation)."
        )
        openTo = AddressRanges(networks) ?? .loopback
        reader.require(
            AddressRanges(networks) != nil,
            key: "ACCESS_OPEN_TO",
            "ACCESS_OPEN_TO is \"\(networks)\", but must be \(AddressRanges.expectation)."
        )
        keyFile = reader.optionalString(
            "ACCESS_KEY_FILE",
            "File with the keys that access-service shares with this service: 1 to 4 lines of 64 hexadecimal digits."
        )
        peerKeyFile = reader.optionalString(
            "ACCESS_PEER_KEY_FILE",
            "File with the keys that our other services share with this service; their identities have only the role service."
        )
        reader.require(
            mode != .enforce || keyFile != nil,
            key: "ACCESS_KEY_FILE",
            "ACCESS=enforce needs ACCESS_KEY_FILE, because identities cannot be verified without keys."
        )
    }
}
