import Synchronization
import Testing

@testable import Concurrency

@Suite(.timeLimit(.minutes(5))) struct ThreadTests {
    @Test func runsOnAThreadOfItsOwn() async {
        await withCheckedContinuation { continuation in
            #expect(startThread(stackSize: 1 << 20) { continuation.resume() })
        }
    }

    @Test func returnsTheResultOfABlockingCall() async throws {
        #expect(await BlockingCalls("test").run { 1 + 1 } == 2)
        await #expect(throws: CancellationError.self) {
            try await BlockingCalls("test", isConcurrent: true).run { throw CancellationError() }
        }
    }

    @Test func aTimerCallsUntilItIsReleased() async {
        let (calls, call) = AsyncStream.makeStream(of: Void.self)
        var timer: PeriodicTimer? = PeriodicTimer("test", every: .milliseconds(1)) { call.yield() }
        var count = 0
        for await _ in calls.prefix(3) { count += 1 }
        timer = nil
        #expect(count == 3 && timer == nil)
    }
}
