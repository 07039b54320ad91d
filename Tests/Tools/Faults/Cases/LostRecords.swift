import KafkaTestSupport
import LocationQueue
import Postgres
import TestSupport

/// Faults in which the broker has lost accepted records.
enum LostRecords {
    static let all = [lost]

    /// Each time, the consumer halts until an operator decides.
    ///
    /// The phones still have the lost locations.
    private static let lost = FaultCase(
        name: "F8",
        fault: "retention overtakes the offset, the broker loses its tail, the topic is recreated: an alarm each time",
        queues: [.kafka],
        load: nil
    ) { trial in
        guard case .apache(let cluster) = trial.suite.ground.broker, let topic = trial.suite.topic?.topic else {
            throw Obstacle("Needs our own broker and its tools: set KAFKA_HOME.")
        }
        let batches = trial.batches(steps: 0..<200)
        try await retention(trial, cluster, topic, batches)
        try await tail(trial, cluster, topic, batches)
        try await recreate(trial, cluster, topic, batches)
        trial.note("one partition, one partition, all of them")
    }

    private static func retention(
        _ trial: Trial,
        _ cluster: KafkaCluster,
        _ topic: String,
        _ batches: [[Fix]]
    ) async throws {
        let (suite, phone) = (trial.suite, trial.phone())
        for batch in batches[..<10] { try await phone.send(batch) }
        await suite.consumer.kill9()
        for batch in batches[10...] { try await phone.send(batch) }
        let (partition, end) = try await longest(suite)
        try await cluster.brokers[0].deleteRecords(of: topic, partition: partition, before: end - 10)
        try await suite.consumer.start(untilReady: false)
        try await halts(1, suite)
        try await decide(on: end - 10, in: [partition], trial)
        for batch in batches { try await phone.send(batch) }
    }

    private static func tail(
        _ trial: Trial,
        _ cluster: KafkaCluster,
        _ topic: String,
        _ batches: [[Fix]]
    ) async throws {
        try await Oracle(trial: trial).waitUntilStored()
        let (partition, before) = try await longest(trial.suite)
        await cluster.kill9()
        try cluster.brokers[0].loseTail(of: topic, partition: partition)
        try await cluster.start()
        try await cluster.configuration.waitUntilAnswering()
        let end = try await trial.suite.log().ends()[partition] ?? 0
        guard end < before else { throw FaultsError("The broker has lost nothing.") }
        try await halts(1, trial.suite)
        try await decide(on: end, in: [partition], trial)
        for batch in batches { try await trial.phone().send(batch) }
    }

    private static func recreate(
        _ trial: Trial,
        _ cluster: KafkaCluster,
        _ topic: String,
        _ batches: [[Fix]]
    ) async throws {
        let suite = trial.suite
        try await Oracle(trial: trial).waitUntilStored()
        let partitions = try await suite.client.query("SELECT partition FROM location_offset WHERE next_offset > 0")
            .decode(Int16.self)
        try await suite.producer.terminate()
        try await suite.consumer.terminate()
        try await cluster.brokers[0].delete(topic: topic)
        try await suite.producer.start()
        try await suite.consumer.start(untilReady: false)
        try await halts(partitions.count, suite)
        try await decide(on: 0, in: partitions.map(Int.init), trial)
        for batch in batches { try await trial.phone().send(batch) }
    }

    private static func longest(_ suite: Suite) async throws -> (partition: Int, end: Int64) {
        let ends = try await suite.log().ends()
        guard let longest = ends.max(by: { $0.value < $1.value }) else { throw FaultsError("There is no partition.") }
        return (longest.key, longest.value)
    }

    private static func halts(_ count: Int, _ suite: Suite) async throws {
        try await eventually("\(count) partitions are counted as halted") {
            await suite.consumer.metric("location_queue_halted_partitions") == Double(count)
        }
    }

    /// Acts like an operator, and notes the deadline for recovery.
    private static func decide(on offset: Int64, in partitions: [Int], _ trial: Trial) async throws {
        try await trial.suite.client.execute(
            """
            UPDATE location_offset SET next_offset = \(offset) WHERE partition = ANY(\(partitions.map(Int16.init)))
            """
        )
        try await eventually("no partition is halted", within: .seconds(Trial.longestRecovery)) {
            await trial.suite.consumer.metric("location_queue_halted_partitions") == 0
        }
    }
}
