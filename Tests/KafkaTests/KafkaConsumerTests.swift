import KafkaTestSupport
import Testing

@testable import Kafka

@Suite(.timeLimit(.minutes(2))) struct KafkaConsumerTests {
    @Test func readsFromTheAssignedOffsets() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 2)
        try await withProducer(of: cluster.configuration) { producer in
            let places = try await producer.send(records(0..<100), to: "t")
            let partition = try #require(places.first?.partition)
            let consumer = try KafkaConsumer(cluster.configuration, topic: "t", group: "g", logger: quiet)
            try await consumer.assign([partition: 40])
            #expect(try await read(60, from: consumer).map(\.offset) == Array(40..<100))
            // A new assignment seeks, and drops fetched records.
            try await consumer.assign([partition: 90])
            let again = try await read(10, from: consumer)
            #expect(again.map(\.offset) == Array(90..<100))
            #expect(again.map(\.value) == records(90..<100).map(\.value))
        }
    }

    @Test func limitsTheSizeOfAPoll() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        try await withProducer(of: cluster.configuration) { producer in
            _ = try await producer.send(records(10..<60), to: "t")
            let consumer = try KafkaConsumer(cluster.configuration, topic: "t", group: "g", logger: quiet)
            try await consumer.assign([0: 0])
            var sizes: [Int] = []
            while sizes.reduce(0, +) < 50 {
                let poll = await consumer.poll(upTo: .seconds(1), maximumBytes: 20)
                sizes += poll.partitions.map(\.records.count)
            }
            // Two bytes each.
            #expect(sizes.allSatisfy { $0 <= 10 })
        }
    }

    @Test func failsAPartitionWhoseLogLacksTheOffset() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 1)
        try await withProducer(of: cluster.configuration) { producer in
            _ = try await producer.send(records(0..<10), to: "t")
            let consumer = try KafkaConsumer(cluster.configuration, topic: "t", group: "g", logger: quiet)
            try await consumer.assign([0: 1_000])
            var failure: KafkaPoll.Failure?
            while failure == nil {
                let poll = await consumer.poll(upTo: .seconds(1), maximumBytes: 1_000)
                #expect(poll.partitions.isEmpty)
                failure = poll.failures.first
            }
            #expect(failure?.partition == 0)
            #expect(failure?.error.code == .offsetOutOfRange)
        }
    }

    @Test func membersOfAGroupShareThePartitions() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 4)
        let (first, second) = (try member(of: cluster), try member(of: cluster))
        try await first.subscribe()
        #expect(try await assignments(of: [first]) { $0[0].count == 4 } == [[0, 1, 2, 3]])
        try await second.subscribe()
        let shared = try await assignments(of: [first, second]) { $0.allSatisfy { $0.count == 2 } }
        #expect(shared[0].union(shared[1]) == [0, 1, 2, 3])
        // A member that leaves releases its partitions at once.
        await second.close()
        #expect(try await assignments(of: [first]) { $0[0].count == 4 } == [[0, 1, 2, 3]])
        await first.close()
    }

    /// Closing answers a pending assignment, and does not wait for the application to take it.
    @Test func leavesInTheMiddleOfARebalance() async throws {
        let cluster = try MockCluster()
        try cluster.createTopic("t", partitions: 4)
        let consumer = try member(of: cluster)
        try await consumer.subscribe()
        while await consumer.poll(upTo: .milliseconds(100), maximumBytes: 1_000).rebalance == nil {}
        await consumer.close()
    }

    private func member(of cluster: MockCluster) throws -> KafkaConsumer {
        try KafkaConsumer(cluster.configuration, topic: "t", group: "g", logger: quiet)
    }

    /// Polls all members in turn, because a group needs all of them to make progress, until the condition holds.
    private func assignments(
        of consumers: [KafkaConsumer],
        until isWished: ([Set<Int>]) -> Bool
    ) async throws -> [Set<Int>] {
        var held = consumers.map { _ in Set<Int>() }
        while true {
            for (index, consumer) in consumers.enumerated() {
                let poll = await consumer.poll(upTo: .milliseconds(50), maximumBytes: 1_000)
                switch poll.rebalance {
                case .assigned(let partitions):
                    try await consumer.assign(Dictionary(uniqueKeysWithValues: partitions.map { ($0, 0) }))
                    held[index] = Set(partitions)
                case .revoked: held[index] = []
                case nil: break
                }
            }
            if isWished(held) { return held }
        }
    }

    private func read(_ count: Int, from consumer: KafkaConsumer) async throws -> [(offset: Int64, value: [UInt8])] {
        var found: [(offset: Int64, value: [UInt8])] = []
        while found.count < count {
            let poll = await consumer.poll(upTo: .seconds(1), maximumBytes: 1 << 20)
            #expect(poll.failures.isEmpty)
            for partition in poll.partitions {
                found += partition.records.map { ($0.offset, Array(partition.values[$0.range])) }
            }
        }
        return found
    }
}
