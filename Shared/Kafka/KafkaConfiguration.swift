/// How to reach a Kafka cluster, and as whom.
package struct KafkaConfiguration: Sendable {
    /// How connections are protected, and whether one logs in.
    package enum SecurityProtocol: String, CaseIterable, Sendable {
        case plaintext
        case ssl
        case saslPlaintext = "sasl_plaintext"
        case saslSSL = "sasl_ssl"
    }

    /// How one logs in.
    package enum SASLMechanism: String, CaseIterable, Sendable {
        case plain = "PLAIN"
        case scramSHA256 = "SCRAM-SHA-256"
        case scramSHA512 = "SCRAM-SHA-512"
    }

    /// Some brokers as `host:port,host:port`; they name the others.
    package var brokers: String
    /// What this process is called in the brokers' logs and quotas.
    package var clientID: String
    /// How connections are protected, and whether one logs in.
    package var securityProtocol: SecurityProtocol
    /// How one logs in, where the protocol has SASL.
    package var saslMechanism: SASLMechanism
    /// The user of SASL.
    package var saslUsername: String?
    /// The password of that user.
    package var saslPassword: String?
    /// A file with the authorities to trust; without one, the system's.
    package var sslCertificateAuthorities: String?
    /// A file with the certificate to show.
    package var sslCertificate: String?
    /// A file with the certificate's key.
    package var sslKey: String?
    /// The password of the key.
    package var sslKeyPassword: String?

    /// Makes it for a cluster without protection; the rest is set afterwards.
    package init(brokers: String, clientID: String) {
        self.brokers = brokers
        self.clientID = clientID
        securityProtocol = .plaintext
        saslMechanism = .scramSHA512
    }

    /// Whether one logs in without sending the password.
    var usesSCRAM: Bool { logsIn && saslMechanism != .plain }

    private var logsIn: Bool { securityProtocol == .saslPlaintext || securityProtocol == .saslSSL }

    /// The settings under librdkafka's names, with some that a kind of client adds.
    func settings(_ others: [String: String]) -> [String: String] {
        var settings = [
            "bootstrap.servers": brokers,
            "client.id": clientID,
            "security.protocol": securityProtocol.rawValue,
            // A broker that is gone is looked for again soon, since recovery has to take less than 30 seconds.
            "reconnect.backoff.max.ms": "2000",
            "topic.metadata.refresh.interval.ms": "30000",
            // So soon a connection is given up whose other end says nothing any more; a minute would be the default.
            "socket.timeout.ms": "10000",
            "socket.keepalive.enable": "true",
        ]
        if logsIn {
            settings["sasl.mechanism"] = saslMechanism.rawValue
            settings["sasl.username"] = saslUsername
            settings["sasl.password"] = saslPassword
        }
        settings["ssl.ca.location"] = sslCertificateAuthorities
        settings["ssl.certificate.location"] = sslCertificate
        settings["ssl.key.location"] = sslKey
        settings["ssl.key.password"] = sslKeyPassword
        return settings.merging(others) { _, other in other }
    }
}
