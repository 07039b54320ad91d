import LocationQueue
import Observability
import Persistence
import ServiceRuntime

/// Removes what the embedded queue need not keep any longer, and measures how far storing is behind.
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
        lag = process.metrics.gauge("location_consumer_lag", "Messages in the queue that have not been stored.")
        lagSeconds = process.metrics.gauge(
            "location_consumer_lag_seconds",
            "How long the oldest message that has not been stored has been in the queue."
        )
    }

    /// Works until it is cancelled: measures every five seconds, removes every minute.
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
                    if count > 0 { logger.info("Old blocks of the queue have been removed", [.count: .integer(count)]) }
                }
                round += 1
            } catch let error where !(error is CancellationError) {
                logger.debug("The queue's retention waits for the database, or for the queue")
            }
            try await Task.sleep(for: .seconds(5))
        }
    }
}
