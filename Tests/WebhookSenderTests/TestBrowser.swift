import Credentials

/// What a browser and we have for push messages.
enum TestBrowser {
    /// A point on P-256: the browser's of RFC 8291, appendix A.
    static let point = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    static let secret = "BTBZMqHH6r4Tts7J_aSIgg"

    /// A private key of a push sender.
    static let serverKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgN5qMKs0bZ6DhJbkt
        QE9lG6parHZz2GUnx5dz93JFdhmhRANCAAT00CT/cx9C7Iw8t2solcpIJv4GRK8X
        T2/Z4T72Rcx+/UkdQDZ8SUukmUPGvf30UrFjAP7gPEPhuaRU1vraIecL
        -----END PRIVATE KEY-----
        """

    /// A registration of the browser.
    static func body(url: String = "https://push.example.org/secret-place", point other: [UInt8]? = nil) -> String {
        let point = other.map { Base64URL.encode($0) } ?? point
        return #"{"endpoint": "\#(url)", "p256dh": "\#(point)", "auth": "\#(secret)"}"#
    }
}
