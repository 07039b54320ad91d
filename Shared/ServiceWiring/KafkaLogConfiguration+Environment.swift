package import Kafka
package import LocationQueue
package import ServiceRuntime

extension KafkaConfiguration {
    /// Reads how Kafka is reached.
    package init(_ reader: inout EnvironmentReader) {
        self.init(
            brokers: reader.string(
                "KAFKA_BROKERS",
                default: "localhost:9092",
                "Some brokers of Kafka, as host:port,host:port."
            ),
            clientID: "udaconnect"
        )
        securityProtocol = reader.choice(
            "KAFKA_SECURITY_PROTOCOL",
            default: .plaintext,
            "How connections to Kafka are protected, and whether one logs in."
        )
        saslMechanism = reader.choice("KAFKA_SASL_MECHANISM", default: .scramSHA512, "How one logs in to Kafka.")
        saslUsername = reader.optionalString("KAFKA_SASL_USERNAME", "User to log in to Kafka as.")
        saslPassword = reader.optionalSecret("KAFKA_SASL_PASSWORD", "Password of that user.")?.reveal()
        sslCertificateAuthorities = reader.optionalString(
            "KAFKA_SSL_CA",
            "File with the authorities to trust; without it, the system's."
        )
        sslCertificate = reader.optionalString("KAFKA_SSL_CERTIFICATE", "File with the certificate to show to Kafka.")
        sslKey = reader.optionalString("KAFKA_SSL_KEY", "File with the key of the certificate.")
        sslKeyPassword = reader.optionalSecret("KAFKA_SSL_KEY_PASSWORD", "Password of that key.")?.reveal()
        reader.require(
            !securityProtocol.rawValue.hasPrefix("sasl") || (saslUsername != nil && saslPassword != nil),
            key: "KAFKA_SASL_USERNAME",
            "KAFKA_SECURITY_PROTOCOL logs in, so KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD have to be set."
        )
    }
}

extension KafkaLogConfiguration {
    /// Reads where the queue is, and what its topics are like.
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
            "Partitions of a topic that has to be made; never change them afterwards."
        )
        let copies = reader.integer(
            "KAFKA_REPLICATION",
            default: 0,
            in: 0...15,
            "Copies of each partition of a topic that has to be made; 0 takes the brokers' default."
        )
        replication = copies == 0 ? nil : copies
        retention = reader.duration(
            "KAFKA_RETENTION",
            default: retention,
            in: .seconds(60)...(.seconds(10 * 365 * 24 * 3_600)),
            "How long a topic that has to be made keeps messages, stored or not."
        )
    }
}
