package import Kafka
package import LocationQueue
package import ServiceRuntime

extension KafkaConfiguration {
    /// Reads the settings of the connection to Kafka.
    package init(_ reader: inout EnvironmentReader) {
        self.init(
            brokers: reader.string(
                "KAFKA_BROKERS",
                default: "localhost:9092",
                "Kafka's bootstrap brokers, as host:port,host:port."
            ),
            clientID: "udaconnect"
        )
        securityProtocol = reader.choice(
            "KAFKA_SECURITY_PROTOCOL",
            default: .plaintext,
            "Protection of connections to Kafka, with or without a login."
        )
        saslMechanism = reader.choice("KAFKA_SASL_MECHANISM", default: .scramSHA512, "Mechanism of the login to Kafka.")
        saslUsername = reader.optionalString("KAFKA_SASL_USERNAME", "User of the login to Kafka.")
        saslPassword = reader.optionalSecret("KAFKA_SASL_PASSWORD", "Password of that user.")?.reveal()
        sslCertificateAuthorities = reader.optionalString(
            "KAFKA_SSL_CA",
            "File with the authorities to trust; without it, the system's."
        )
        sslCertificate = reader.optionalString("KAFKA_SSL_CERTIFICATE", "File with the client certificate for Kafka.")
        sslKey = reader.optionalString("KAFKA_SSL_KEY", "File with the key of the certificate.")
        sslKeyPassword = reader.optionalSecret("KAFKA_SSL_KEY_PASSWORD", "Password of that key.")?.reveal()
        reader.require(
            !securityProtocol.rawValue.hasPrefix("sasl") || (saslUsername != nil && saslPassword != nil),
            key: "KAFKA_SASL_USERNAME",
            "KAFKA_SECURITY_PROTOCOL requires a login: set KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD."
        )
    }
}

extension KafkaLogConfiguration {
    /// Reads the settings of Kafka and of the queue's topics.
    package init(_ reader: inout EnvironmentReader) {
        self.init(kafka: KafkaConfiguration(&reader))
        topic = reader.string(
            "KAFKA_TOPIC",
            default: topic,
            "Topic of locations; dead letters go to TOPIC.dead-letter."
        )
        partitions = reader.integer(
            "KAFKA_PARTITIONS",
            default: partitions,
            in: 1...64,
            "Number of partitions of a topic that the service creates; never change it afterwards."
        )
        let copies = reader.integer(
            "KAFKA_REPLICATION",
            default: 0,
            in: 0...15,
            "Replication factor of a topic that the service creates; 0 means the brokers' default."
        )
        replication = copies == 0 ? nil : copies
        retention = reader.duration(
            "KAFKA_RETENTION",
            default: retention,
            in: .seconds(60)...(.seconds(10 * 365 * 24 * 3_600)),
            "Retention of a topic that the service creates, for stored and other messages."
        )
    }
}
