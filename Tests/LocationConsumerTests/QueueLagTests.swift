import Testing

@testable import LocationConsumer

@Suite struct QueueLagTests {
    private let start = ContinuousClock.now

    @Test func isZeroWhenAllIsStored() {
        var lag = QueueLag()
        lag.observe(ends: [0: 10, 1: 0], stored: [0: 10], at: start)
        #expect(lag.messages == 0)
        #expect(lag.seconds == 0)
    }

    @Test func growsUntilTheOldestIsStored() {
        var lag = QueueLag()
        lag.observe(ends: [0: 10, 1: 5], stored: [0: 8, 1: 5], at: start)
        lag.observe(ends: [0: 20, 1: 9], stored: [0: 8, 1: 5], at: start + .seconds(5))
        #expect(lag.messages == 16)
        #expect(lag.seconds == 5)
        lag.observe(ends: [0: 20, 1: 9], stored: [0: 9, 1: 9], at: start + .seconds(10))
        #expect(lag.messages == 11)
        #expect(lag.seconds == 10)
        // The first ones are stored; the others were first seen after 5 seconds.
        lag.observe(ends: [0: 20, 1: 9], stored: [0: 10, 1: 9], at: start + .seconds(11))
        #expect(lag.messages == 10)
        #expect(lag.seconds == 6)
        lag.observe(ends: [0: 20, 1: 9], stored: [0: 20, 1: 9], at: start + .seconds(12))
        #expect(lag.messages == 0)
        #expect(lag.seconds == 0)
    }

    @Test func dropsEndsBeyondTheLog() {
        var lag = QueueLag()
        lag.observe(ends: [0: 100], stored: [0: 10], at: start)
        lag.observe(ends: [0: 20], stored: [0: 10], at: start + .seconds(60))
        #expect(lag.messages == 10)
        #expect(lag.seconds == 0)
        lag.observe(ends: [0: 20], stored: [0: 30], at: start + .seconds(61))
        #expect(lag.messages == 0)
    }

    @Test func staysAccurateBeyondTheMaximumOfMilestones() {
        var lag = QueueLag()
        for second in 0..<5_000 {
            lag.observe(ends: [0: Int64(second + 1)], stored: [:], at: start + .seconds(second))
        }
        #expect(lag.messages == 5_000)
        #expect(lag.seconds == 4_999)
    }
}
