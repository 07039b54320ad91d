import Quota
import Synchronization
import Testing

@Suite struct BurstLimitTests {
    /// A clock that tests set.
    private final class Clock: Sendable {
        let time = Mutex<Int64>(1_000_000_000_000)

        func advance(milliseconds: Int64) { time.withLock { $0 += milliseconds * 1_000_000 } }
        @Sendable func now() -> Int64 { time.withLock { $0 } }
    }

    private static func client(_ text: String) throws -> QuotaClient {
        try #require(QuotaClient(text))
    }

    @Test func admitsAFullBucketAtOnceAndRefillsSteadily() throws {
        let clock = Clock()
        let limit = BurstLimit(BurstRate(units: 50, seconds: 1), clock: clock.now)
        let client = try Self.client("key:1")
        for left in (0..<50).reversed() { #expect(limit.take(1, of: client) == .admitted(remaining: left)) }
        #expect(limit.take(1, of: client) == .refused(remaining: 0, retryAfter: 1))
        clock.advance(milliseconds: 19)
        #expect(limit.take(1, of: client) == .refused(remaining: 0, retryAfter: 1))
        clock.advance(milliseconds: 1)
        #expect(limit.take(1, of: client) == .admitted(remaining: 0))
        clock.advance(milliseconds: 100)
        #expect(limit.take(6, of: client) == .refused(remaining: 5, retryAfter: 1))
        #expect(limit.take(5, of: client) == .admitted(remaining: 0))
        clock.advance(milliseconds: 3_600_000)
        #expect(limit.take(50, of: client) == .admitted(remaining: 0))
    }

    @Test func tellsWhenEnoughUnitsAreBack() throws {
        let clock = Clock()
        let limit = BurstLimit(BurstRate(units: 10, seconds: 60), clock: clock.now)
        let client = try Self.client("key:1")
        #expect(limit.take(10, of: client) == .admitted(remaining: 0))
        #expect(limit.take(4, of: client) == .refused(remaining: 0, retryAfter: 24))
        clock.advance(milliseconds: 24_000)
        #expect(limit.take(4, of: client) == .admitted(remaining: 0))
    }

    @Test func countsEachClientByItself() throws {
        let limit = BurstLimit(BurstRate(units: 1, seconds: 1), clock: Clock().now)
        for index in 0..<100 {
            let client = try Self.client("key:\(index)")
            #expect(limit.take(1, of: client) == .admitted(remaining: 0))
            #expect(limit.take(1, of: client) == .refused(remaining: 0, retryAfter: 1))
        }
    }

    @Test func refusesMoreThanAFullBucketAlways() throws {
        let limit = BurstLimit(BurstRate(units: 5, seconds: 1), clock: Clock().now)
        let client = try Self.client("key:1")
        #expect(limit.take(6, of: client) == .refused(remaining: 5, retryAfter: 1))
        #expect(limit.take(5, of: client) == .admitted(remaining: 0))
    }

    @Test func boundsItsMemoryAndKeepsActiveClients() throws {
        let limit = BurstLimit(BurstRate(units: 1, seconds: 86_400), maximumClients: 3_200, clock: Clock().now)
        let active = try Self.client("active")
        #expect(limit.take(1, of: active) == .admitted(remaining: 0))
        for index in 0..<20_000 {
            _ = limit.take(1, of: try Self.client("key:\(index)"))
            if index.isMultiple(of: 100) {
                #expect(limit.take(1, of: active) == .refused(remaining: 0, retryAfter: 86_400))
            }
        }
        #expect(limit.clients <= 3_200)
    }
}
