import Credentials
import DatabaseService
import HTTPServer
import HTTPService
import Networking
import Persistence
import Postgres
import RESTAccess
import ServiceRuntime
import WebPush

/// The settings of webhook-sender.
struct WebhookSenderConfiguration {
    /// The HTTP server.
    let http: HTTPServerConfiguration
    /// Who may call.
    let access: AccessConfiguration
    /// The database.
    let database: PostgresConfiguration
    /// The key that encrypts the secrets of subscriptions.
    let key: Secret
    /// The bounds of attempts.
    let sending: SendingSettings
    /// How long events and deliveries are kept.
    let retention: Duration
    /// The key that identifies us to push services; `nil` if push is off.
    let pushKey: VAPIDKey?

    /// The shortest key, in bytes.
    private static let minimumKey = 16

    /// Reads the settings.
    init(_ reader: inout EnvironmentReader) {
        http = HTTPServerConfiguration(&reader)
        access = AccessConfiguration(&reader)
        database = PostgresConfiguration(&reader, role: "uda_webhook")
        let key = reader.optionalSecret(
            "WEBHOOK_KEY",
            "Key that encrypts the secrets of subscriptions in the database: the same for all replicas, and required."
        )
        reader.require(
            key.map { $0.reveal().utf8.count >= Self.minimumKey } ?? false,
            key: "WEBHOOK_KEY",
            "WEBHOOK_KEY or WEBHOOK_KEY_FILE is required, with at least \(Self.minimumKey) bytes."
        )
        self.key = key ?? Secret("")
        sending = SendingSettings(&reader)
        retention = reader.duration(
            "WEBHOOK_RETENTION",
            default: .seconds(14 * 86_400),
            in: .seconds(3_600)...(.seconds(366 * 86_400)),
            "How long events are kept, with the log of their deliveries."
        )
        reader.require(
            retention >= sending.retries.lifetime,
            key: "WEBHOOK_RETENTION",
            "WEBHOOK_RETENTION must be at least WEBHOOK_RETRY_TIME, because deliveries end with their event."
        )
        let pem = reader.optionalSecret(
            "PUSH_KEY",
            "Private key on P-256 in PEM that identifies us to push services: the same for all replicas; push is off without it."
        )
        let subject = reader.optionalString(
            "PUSH_SUBJECT",
            "Address that push services can write to, such as mailto:ops@example.org; required with PUSH_KEY."
        )
        reader.require(
            pem == nil || subject.map { VAPIDKey.isSubject($0) } == true,
            key: "PUSH_SUBJECT",
            "PUSH_SUBJECT is required with PUSH_KEY, and must be a mailto: address."
        )
        pushKey = pem.flatMap { pem in subject.flatMap { VAPIDKey(pem: pem.reveal(), subject: $0) } }
        reader.require(
            pem == nil || pushKey != nil,
            key: "PUSH_KEY",
            "PUSH_KEY or PUSH_KEY_FILE must be a private key on P-256 in PEM, without a passphrase."
        )
    }
}

/// The bounds of attempts.
struct SendingSettings {
    /// When a failed delivery is repeated, and when it is given up.
    let retries: RetryPolicy
    /// How many attempts are in progress at most.
    let concurrency: Int
    /// How long an attempt may take.
    let timeout: Duration
    /// Whether endpoints may be at `http:` addresses and on private networks.
    let allowsPrivate: Bool

    /// Reads the settings.
    init(_ reader: inout EnvironmentReader) {
        retries = RetryPolicy(
            base: reader.duration(
                "WEBHOOK_RETRY_BASE",
                default: .seconds(10),
                in: .milliseconds(10)...(.seconds(3_600)),
                "Longest pause after the first failed attempt; it doubles with each further one."
            ),
            cap: reader.duration(
                "WEBHOOK_RETRY_CAP",
                default: .seconds(3_600),
                in: .milliseconds(10)...(.seconds(86_400)),
                "Longest pause between two attempts, also if the endpoint asks for a longer one by Retry-After."
            ),
            lifetime: reader.duration(
                "WEBHOOK_RETRY_TIME",
                default: .seconds(86_400),
                in: .seconds(1)...(.seconds(7 * 86_400)),
                "How long a delivery is retried before it becomes a dead letter."
            )
        )
        concurrency = reader.integer(
            "WEBHOOK_CONCURRENCY",
            default: 256,
            in: 64...4_096,
            "Maximum number of attempts in progress."
        )
        timeout = reader.duration(
            "WEBHOOK_TIMEOUT",
            default: .seconds(15),
            in: .milliseconds(100)...(.seconds(30)),
            "Maximum duration of an attempt, including the connection."
        )
        allowsPrivate = reader.boolean(
            "WEBHOOK_ALLOW_PRIVATE",
            default: false,
            "Whether endpoints may be on private networks, on this machine and at http addresses; for tests only."
        )
    }

    /// The networks to which no connection is opened.
    var forbidden: AddressRanges { allowsPrivate ? .none : .special }

    /// The rules that all senders share: a claim lasts four times as long as an attempt, and a minute at least.
    var rules: DeliveryStore.Rules {
        var rules = DeliveryStore.Rules()
        rules.claimTime = max(rules.claimTime, Int64(timeout * 4 / .microseconds(1)))
        return rules
    }
}
