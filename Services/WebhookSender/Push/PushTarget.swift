import Credentials
import WebPush

/// The endpoint of a browser, and the keys that encrypt its messages.
struct PushTarget: Equatable {
    /// The endpoint, a URL that the push service has made for the browser.
    let url: String
    /// The keys of the browser.
    let keys: PushKeys

    init(url: String, keys: PushKeys) {
        (self.url, self.keys) = (url, keys)
    }

    /// Decrypts a stored target; `nil` if another key encrypted it.
    init?(sealed: [UInt8], by box: SecretBox, for id: String) {
        guard let bytes = box.open(sealed, for: id), let keys = PushKeys(bytes: Array(bytes.prefix(PushKeys.length)))
        else { return nil }
        self.init(url: String(decoding: bytes.dropFirst(PushKeys.length), as: UTF8.self), keys: keys)
    }

    /// The form for the database: the keys and then the endpoint, encrypted; `nil` if OpenSSL fails.
    func sealed(by box: SecretBox, for id: String) -> [UInt8]? {
        box.seal(keys.bytes + Array(url.utf8), for: id)
    }
}
