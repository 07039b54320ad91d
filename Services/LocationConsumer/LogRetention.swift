import LocationQueue
import Observability
import Persistence
import ServiceRuntime

/// Removes old blocks from the embedded queue, and measures the consumer's lag.
struct LogRetention: Sendable {
    private let log: any LocationQueueLog
    private let sink: LocationSink
    private let age: Duration
    private let logger: Logger
    private let lag: Gauge
    private let lagSeconds: Gauge

    init(log: any LocationQueueLog, sink: LocationSink, age: Duration, _ process: ServiceProcess) {
        self.log = log
        self.sink = sink
        self.age = age
        logger = process.logger
        lag = process.metrics.gauge("location_consumer_lag", "Messages in the queue that are not stored yet.")
        lagSeconds = process.metrics.gauge(
            "location_consumer_lag_seconds",
            "Age of the oldest message in the queue that is not stored yet."
        )
    }

    /// Runs until it is cancelled: measures every five seconds, and removes every minute.
    func run() async throws {
        var round = 0
        var behind = QueueLag()
        while true {
            do {
                let ends = try await log.ends()
                let offsets = try await sink.offsets(of: ends.keys.sorted())
                behind.observe(ends: ends, stored: offsets)
                lag.set(Double(behind.messages))
                lagSeconds.set(behind.seconds)
                if round.isMultiple(of: 12) {
                    let count = try await log.removeBlocks(olderThan: age, before: offsets)
                    if count > 0 { logger.info("Removed old blocks of the queue", [.count: .integer(count)]) }
                }
                round += 1
            } catch let error where !(error is CancellationError) {
                logger.debug("Could not measure the consumer's lag")
            }
            try await Task.sleep(for: .seconds(5))
        }
    }
}
