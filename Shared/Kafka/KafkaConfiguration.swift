/// How to connect to a Kafka cluster, and the user to log in as.
package struct KafkaConfiguration: Sendable {
    /// The protection of connections, and whether the client logs in.
    package enum SecurityProtocol: String, CaseIterable, Sendable {
        case plaintext
        case ssl
        case saslPlaintext = "sasl_plaintext"
        case saslSSL = "sasl_ssl"
    }

    /// The mechanism of SASL.
    package enum SASLMechanism: String, CaseIterable, Sendable {
        case plain = "PLAIN"
        case scramSHA256 = "SCRAM-SHA-256"
        case scramSHA512 = "SCRAM-SHA-512"
    }

    /// Some brokers as `host:port,host:port`; they report the others.
    package var brokers: String
    /// The name of this process in the brokers' logs and quotas.
    package var clientID: String
    /// The protection of connections, and whether the client logs in.
    package var securityProtocol: SecurityProtocol
    /// The mechanism of SASL, if the protocol uses it.
    package var saslMechanism: SASLMechanism
    /// The user of SASL.
    package var saslUsername: String?
    /// The password of that user.
    package var saslPassword: String?
    /// A file with the trusted authorities; the system's without one.
    package var sslCertificateAuthorities: String?
    /// A file with the client certificate.
    package var sslCertificate: String?
    /// A file with the key of the certificate.
    package var sslKey: String?
    /// The password of the key.
    package var sslKeyPassword: String?

    /// A configuration without protection; set the rest afterwards.
    package init(brokers: String, clientID: String) {
        self.brokers = brokers
        self.clientID = clientID
        securityProtocol = .plaintext
        saslMechanism = .scramSHA512
    }

    /// Whether the login does not send the password.
    var usesSCRAM: Bool { logsIn && saslMechanism != .plain }

    private var logsIn: Bool { securityProtocol == .saslPlaintext || securityProtocol == .saslSSL }

    /// The settings by librdkafka's names, plus those of a kind of client.
    func settings(_ others: [String: String]) -> [String: String] {
        var settings = [
            "bootstrap.servers": brokers,
            "client.id": clientID,
            "security.protocol": securityProtocol.rawValue,
            // Reconnects to a lost broker soon, because recovery must take less than 30 seconds.
            "reconnect.backoff.max.ms": "2000",
            "topic.metadata.refresh.interval.ms": "30000",
            // Closes a connection whose peer is silent after this time; the default is a minute.
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
