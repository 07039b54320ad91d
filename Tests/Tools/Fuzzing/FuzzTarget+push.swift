import Credentials
import Networking
import WebPush

@testable import WebhookSender

extension FuzzTarget {
    /// The body of a request to send push messages to a browser.
    static func checkPushRegistration(_ bytes: [UInt8]) throws(BrokenPromise) {
        _ = P256PublicKey(bytes)
        let read = { EndpointAddress($0, allowsHTTP: false, forbidden: .special) }
        guard let registration = try? PushRegistration(json: bytes, address: read) else { return }
        let (address, keys) = (registration.address, registration.keys)
        try promise(address.text.hasPrefix("https://"), "an endpoint is at https")
        try promise(address.origin.hasPrefix("https://"), "an origin has its scheme")
        try promise(!address.origin.dropFirst(8).contains("/"), "an origin has no path")
        try promise(PushKeys(bytes: keys.bytes) == keys, "keys are read again")
        try promise(keys.encrypt([1]) != nil, "keys that were read can be used")
        let target = PushTarget(url: address.text, keys: keys)
        let sealed = target.sealed(by: box, for: "id")
        try promise(sealed.flatMap { PushTarget(sealed: $0, by: box, for: "id") } == target, "a target is read again")
    }

    private static let box = SecretBox(secret: "a key of the tests")
}
