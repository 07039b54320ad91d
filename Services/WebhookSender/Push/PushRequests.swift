import Credentials
import HTTPClient
import Models
import Persistence
import WebPush

/// Makes the requests to push services.
struct PushRequests: Sendable {
    /// Identifies us.
    let key: VAPIDKey
    /// Decrypts the endpoints and keys of browsers.
    let box: SecretBox

    /// The request of an attempt: encrypted, with the seconds that the message still counts.
    ///
    /// - Parameters:
    ///   - claimed: the message.
    ///   - now: the time of the attempt.
    /// - Returns: the request; `nil` if the subscription was encrypted with another key, or OpenSSL fails.
    func post(of claimed: ClaimedPush, at now: Timestamp) -> PostLoop.Post? {
        guard let target = PushTarget(sealed: claimed.sealed, by: box, for: claimed.subscription),
            let body = target.keys.encrypt(Array(claimed.payload.utf8)),
            let authorization = key.authorization(for: claimed.origin, at: now.microseconds / 1_000_000)
        else { return nil }
        let lifetime = max((claimed.expiresAt.microseconds - now.microseconds) / 1_000_000, 0)
        return PostLoop.Post(
            url: target.url,
            headers: [
                ("Authorization", authorization),
                ("Content-Encoding", "aes128gcm"),
                ("Content-Type", "application/octet-stream"),
                ("TTL", "\(lifetime)"),
                ("Topic", target.keys.topic(of: claimed.topic)),
                ("Urgency", "high"),
            ],
            body: body
        )
    }
}
