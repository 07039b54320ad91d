import Testing

@testable import Kafka

@Suite struct KafkaConfigurationTests {
    @Test func passesSecuritySettings() {
        var configuration = KafkaConfiguration(brokers: "a:1,b:2", clientID: "tests")
        configuration.saslUsername = "u"
        configuration.saslPassword = "p"
        // Without SASL, the user name is never sent.
        #expect(configuration.settings([:])["sasl.username"] == nil)
        #expect(!configuration.usesSCRAM)
        configuration.securityProtocol = .saslSSL
        configuration.sslCertificateAuthorities = "ca.pem"
        let settings = configuration.settings(["acks": "all"])
        #expect(settings["bootstrap.servers"] == "a:1,b:2")
        #expect(settings["security.protocol"] == "sasl_ssl")
        #expect(settings["sasl.mechanism"] == "SCRAM-SHA-512")
        #expect(settings["sasl.username"] == "u")
        #expect(settings["sasl.password"] == "p")
        #expect(settings["ssl.ca.location"] == "ca.pem")
        #expect(settings["ssl.key.location"] == nil)
        #expect(settings["acks"] == "all")
        #expect(configuration.usesSCRAM)
        configuration.saslMechanism = .plain
        #expect(!configuration.usesSCRAM)
    }

    /// librdkafka accepts every protocol and mechanism that the settings offer.
    @Test(arguments: KafkaConfiguration.SecurityProtocol.allCases, KafkaConfiguration.SASLMechanism.allCases)
    func librdkafkaAcceptsEachChoice(
        security: KafkaConfiguration.SecurityProtocol,
        mechanism: KafkaConfiguration.SASLMechanism
    ) throws {
        var configuration = KafkaConfiguration(brokers: "127.0.0.1:1", clientID: "tests")
        configuration.securityProtocol = security
        configuration.saslMechanism = mechanism
        configuration.saslUsername = "u"
        configuration.saslPassword = "p"
        _ = try RDKafkaAdmin(settings: configuration.settings([:]), logger: quiet)
    }
}
