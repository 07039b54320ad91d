import KafkaTestSupport
import Testing

@testable import Kafka

@Suite(.timeLimit(.minutes(2))) struct KafkaProducerTests {
    @Test func returnsTheOffsetOfEachRecord() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 4)
        try await withProducer(of: cluster.configuration) { producer in
            let first = try await producer.send(records(0..<1_000), to: "t")
            let second = try await producer.send(records(1_000..<1_500), to: "t")
            // One key maps to one partition, and its records keep their order.
            #expect(Set(first.map(\.partition)).count == 1)
            #expect((first + second).map(\.offset) == Array(0..<1_500))
            #expect(second.first?.partition == first.first?.partition)
            let others = try await producer.send((0..<200).flatMap { records(0..<1, key: "\($0)") }, to: "t")
            #expect(Set(others.map(\.partition)) == [0, 1, 2, 3])
            #expect(try await producer.send([], to: "t").isEmpty)
        }
    }

    @Test func concurrentCallersGetTheirOwnOffsets() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        try await withProducer(of: cluster.configuration) { producer in
            let places = try await withThrowingTaskGroup(of: [KafkaPlace].self) { group in
                for caller in 0..<32 {
                    group.addTask { try await producer.send(records(0..<50, key: "\(caller)"), to: "t") }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(places.count == 1_600)
            #expect(Set(places.map(\.offset)) == Set(0..<1_600))
        }
    }

    @Test func retriesTransientBrokerErrors() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        try await withProducer(of: cluster.configuration) { producer in
            cluster.fail(
                .produce,
                with: [.notLeader, .notEnoughReplicas]
            )
            let places = try await producer.send(records(0..<10), to: "t")
            #expect(places.map(\.offset) == Array(0..<10))
        }
    }

    @Test func isReplacedAfterAFatalError() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        try await withProducer(of: cluster.configuration) { producer in
            #expect(try await producer.send(records(0..<1), to: "t").count == 1)
            producer.injectFatalError()
            var places: [KafkaPlace] = []
            while places.isEmpty {
                do {
                    places = try await producer.send(records(1..<2), to: "t")
                } catch let error as KafkaError {
                    // Until the old producer is replaced.
                    #expect(error.isFatal || error.isRetriable)
                }
            }
            #expect(places == [KafkaPlace(partition: 0, offset: 1)])
        }
    }

    @Test func continuesWhenTheBrokerIsBack() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        try await withProducer(of: cluster.configuration) { producer in
            _ = try await producer.send(records(0..<1), to: "t")
            cluster.stopBroker()
            async let places = producer.send(records(1..<2), to: "t")
            cluster.startBroker()
            #expect(try await places.map(\.offset) == [1])
        }
    }

    @Test func rejectsRecordsOverTheQueueLimit() async throws {
        let cluster = try MockCluster()
        try await withProducer(of: cluster.configuration, maximumRecords: 10) { producer in
            await #expect { try await producer.send(records(0..<11), to: "t") } throws: { error in
                (error as? KafkaError)?.code == .queueFull
            }
            let places = try await producer.send(records(0..<10), to: "t")
            #expect(places.count == 10)
        }
    }

    @Test func rejectsEverythingOnceStopped() async throws {
        let cluster = try MockCluster()
        try await withProducer(of: cluster.configuration) { producer in
            producer.stop()
            await #expect { try await producer.send(records(0..<1), to: "t") } throws: { error in
                (error as? KafkaError)?.code == .stopped
            }
        }
    }

    @Test func namesTheSettingThatLibrdkafkaRejects() throws {
        let configuration = KafkaConfiguration(brokers: "localhost:1", clientID: "tests")
        #expect {
            _ = try RDKafkaAdmin(settings: configuration.settings(["acks": "many"]), logger: quiet)
        } throws: { error in
            (error as? KafkaError)?.code == .configuration && "\(error)".contains("acks")
        }
    }
}
