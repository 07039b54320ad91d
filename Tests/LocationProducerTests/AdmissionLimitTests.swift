import Testing

@testable import LocationProducer

@Suite struct AdmissionLimitTests {
    private static let maximum = 20 << 20
    private static let start = ContinuousClock.now

    /// A server with a fixed throughput in bytes per second, which receives all that the limit admits.
    private struct Server {
        var limit = AdmissionLimit(maximum: AdmissionLimitTests.maximum)
        var now = AdmissionLimitTests.start

        /// Runs for a while; returns the duration of the last request.
        mutating func work(rate: Double, for time: Duration, share: Double = 1) -> Duration {
            let end = now + time
            let cost = 100 << 10
            var last = Duration.zero
            while now < end {
                now += .seconds(Double(cost) / rate)
                let inProgress = max(cost, Int(Double(limit.bytes) * share))
                last = .seconds(Double(inProgress) / rate)
                limit.finish(
                    cost: cost,
                    after: last,
                    inProgress: inProgress,
                    workers: inProgress / cost,
                    now: now
                )
            }
            return last
        }
    }

    @Test(arguments: [6e6, 20e6, 50e6]) func convergesToTheServersThroughput(rate: Double) {
        var server = Server()
        let time = server.work(rate: rate, for: .seconds(10))
        #expect(time < AdmissionLimit.leastTarget * 2)
        #expect(time > AdmissionLimit.leastTarget / 2)
    }

    @Test func followsAServersThroughput() {
        var server = Server()
        _ = server.work(rate: 20e6, for: .seconds(10))
        let slow = server.work(rate: 4e6, for: .seconds(5))
        #expect(slow < AdmissionLimit.leastTarget * 3)
        _ = server.work(rate: 20e6, for: .seconds(5))
        #expect(server.limit.bytes > 1_500_000)
    }

    /// A disk that is slow for all requests is not an overload.
    @Test func toleratesASlowDisk() {
        var limit = AdmissionLimit(maximum: Self.maximum)
        var now = Self.start
        func work(_ time: Duration, workers: Int) {
            for _ in 0..<100 {
                now += .milliseconds(50)
                limit.finish(cost: 1 << 10, after: time, inProgress: 1 << 10, workers: workers, now: now)
            }
        }
        work(.milliseconds(300), workers: AdmissionLimit.few)
        work(.milliseconds(400), workers: 1_000)
        #expect(limit.bytes >= AdmissionLimit.initial)
        work(.milliseconds(700), workers: 1_000)
        #expect(limit.bytes == AdmissionLimit.minimum)
    }

    @Test func neverExceedsTheMaximum() {
        var server = Server()
        _ = server.work(rate: 1e9, for: .seconds(10))
        #expect(server.limit.bytes == Self.maximum)
    }

    @Test func neverFallsBelowTheMinimum() {
        var server = Server()
        _ = server.work(rate: 1e4, for: .seconds(600))
        #expect(server.limit.bytes == AdmissionLimit.minimum)
    }

    /// Otherwise a minute of overload would reject requests later.
    @Test func returnsToTheInitialLimitUnderLowLoad() {
        var server = Server()
        _ = server.work(rate: 1e5, for: .seconds(60))
        _ = server.work(rate: 20e6, for: .seconds(10), share: 0.01)
        #expect(server.limit.bytes >= AdmissionLimit.initial)
        _ = server.work(rate: 1e9, for: .seconds(10))
        _ = server.work(rate: 20e6, for: .seconds(60), share: 0.01)
        #expect(server.limit.bytes == AdmissionLimit.initial)
    }
}
