internal import CLibRDKafka
package import Kafka

/// librdkafka's mock cluster in this process. It creates topics on first use.
///
/// It has no API to create topics, and loses everything with the process.
///
// Safety: The pointers never change, and librdkafka's functions may be called from any thread.
package final class MockCluster: @unchecked Sendable {
    private let client: OpaquePointer
    private let cluster: OpaquePointer

    /// Starts the cluster.
    package init(brokers: Int32 = 1) throws {
        guard let client = rd_kafka_new(RD_KAFKA_PRODUCER, nil, nil, 0),
            let cluster = rd_kafka_mock_cluster_new(client, brokers)
        else { throw MockClusterFailure() }
        self.client = client
        self.cluster = cluster
    }

    deinit {
        rd_kafka_mock_cluster_destroy(cluster)
        rd_kafka_destroy(client)
    }

    /// The settings for clients.
    package var configuration: KafkaConfiguration {
        KafkaConfiguration(brokers: String(cString: rd_kafka_mock_cluster_bootstraps(cluster)), clientID: "tests")
    }

    /// Creates a topic.
    package func createTopic(_ name: String, partitions: Int32) throws {
        guard rd_kafka_mock_topic_create(cluster, name, partitions, 1) == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw MockClusterFailure()
        }
    }

    /// Makes the next requests of a kind fail.
    package func fail(_ kind: RequestKind, with errors: [RequestError]) {
        let codes = errors.map { rd_kafka_resp_err_t($0.rawValue) }
        rd_kafka_mock_push_request_errors_array(cluster, kind.rawValue, codes.count, codes)
    }

    /// Error codes of Kafka's protocol.
    package enum RequestError: Int32 {
        /// The broker does not lead the partition.
        case notLeader = 6
        /// The request timed out.
        case timedOut = 7
        /// Too few replicas are in sync.
        case notEnoughReplicas = 19
        /// An earlier record is missing, which an idempotent producer cannot recover from.
        case outOfOrderSequence = 45
    }

    /// Request types of Kafka's protocol.
    package enum RequestKind: Int16 {
        /// Appending.
        case produce = 0
        /// Reading.
        case fetch = 1
    }

    /// Makes another broker the leader of a partition.
    package func moveLeader(of topic: String, partition: Int32, to broker: Int32) {
        rd_kafka_mock_partition_set_leader(cluster, topic, partition, broker)
    }

    /// Makes another broker the coordinator of a group.
    package func moveCoordinator(of group: String, to broker: Int32) {
        rd_kafka_mock_coordinator_set(cluster, "group", group, broker)
    }

    /// Closes all connections and rejects new ones.
    package func stopBroker() {
        rd_kafka_mock_broker_set_down(cluster, 1)
    }

    /// Accepts connections again.
    package func startBroker() {
        rd_kafka_mock_broker_set_up(cluster, 1)
    }
}

/// librdkafka cannot create a cluster.
package struct MockClusterFailure: Error {}
