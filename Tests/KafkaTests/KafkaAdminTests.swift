import KafkaTestSupport
import Testing

@testable import Kafka

@Suite(.timeLimit(.minutes(2))) struct KafkaAdminTests {
    @Test func describesTopics() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 3)
        let admin = try KafkaAdmin(cluster.configuration, logger: quiet)
        #expect(try await admin.partitionCount(of: "t") == 3)
        #expect(try await !admin.clusterID().isEmpty)
        try await withProducer(of: cluster.configuration) { producer in
            let places = try await producer.send(records(0..<7), to: "t")
            let partition = try #require(places.first?.partition)
            let ends = try await admin.ends(of: "t", [0, 1, 2])
            #expect(ends[partition] == 7)
            #expect(ends.values.reduce(0, +) == 7)
        }
    }

    @Test func reportsAnUnreachableCluster() async throws {
        let admin = try KafkaAdmin(KafkaConfiguration(brokers: "127.0.0.1:1", clientID: "tests"), logger: quiet)
        await #expect { try await admin.partitionCount(of: "t", within: .milliseconds(200)) } throws: { error in
            (error as? KafkaError)?.code == .unavailable
        }
    }
}
