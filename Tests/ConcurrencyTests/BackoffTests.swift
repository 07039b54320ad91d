import Testing

@testable import Concurrency

@Suite struct BackoffTests {
    @Test func doublesThePauseUpToTheCap() {
        let backoff = Backoff(base: .milliseconds(50), cap: .seconds(2))
        let longest = (1...8).map { backoff.delay(afterFailures: $0, jitter: 1) }
        #expect(longest == [50, 100, 200, 400, 800, 1_600, 2_000, 2_000].map { .milliseconds($0) })
        #expect(backoff.delay(afterFailures: 1, jitter: 0) == .milliseconds(25))
        #expect(backoff.delay(afterFailures: .max, jitter: 0) == .seconds(1))
    }

    @Test func beginsAgainAfterASuccess() {
        var backoff = Backoff(base: .milliseconds(50))
        for _ in 0..<5 { _ = backoff.next() }
        backoff.reset()
        #expect((.milliseconds(25)...(.milliseconds(50))).contains(backoff.next()))
    }

    @Test func retriesUntilASuccess() async throws {
        var (attempts, delays) = (0, [Duration]())
        let result = try await retrying(Backoff(base: .nanoseconds(10))) {
            attempts += 1
            guard attempts == 3 else { throw Failure() }
            return attempts
        } whenFailed: { _, delay in
            delays.append(delay)
        }
        #expect(result == 3)
        #expect(delays.count == 2)
    }

    @Test func endsWithAnErrorThatARetryCannotMend() async {
        await #expect(throws: Failure.self) {
            try await retrying {
                throw Failure()
            } whenFailed: { error, _ in
                throw error
            }
        }
    }

    private struct Failure: Error {}
}
