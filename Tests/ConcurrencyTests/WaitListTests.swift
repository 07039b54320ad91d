import Synchronization
import Testing

@testable import Concurrency

@Suite(.timeLimit(.minutes(5))) struct WaitListTests {
    private struct State {
        var ready: Int?
        var waiting = WaitList<Int>()
    }

    /// A mutex that tasks share.
    private final class Shared: Sendable {
        let state = Mutex(State())

        func wait() async -> Int? {
            await state.wait(in: \.waiting) { $0.ready.take() }
        }

        func waitUntilCount(is count: Int) async {
            while state.withLock({ $0.waiting.count }) != count { await Task.yield() }
        }
    }

    @Test func returnsAResultThatIsReady() async {
        let shared = Shared()
        shared.state.withLock { $0.ready = 7 }
        #expect(await shared.wait() == 7)
        #expect(shared.state.withLock { $0.waiting.isEmpty })
    }

    @Test func resumesTasksInTheOrderOfTheirArrival() async {
        let shared = Shared()
        async let first = shared.wait()
        await shared.waitUntilCount(is: 1)
        async let second = shared.wait()
        await shared.waitUntilCount(is: 2)
        shared.state.withLock { $0.waiting.takeFirst() }?.resume(returning: 1)
        #expect(await first == 1)
        for waiter in shared.state.withLock({ $0.waiting.takeAll() }) { waiter.resume(returning: 2) }
        #expect(await second == 2)
    }

    @Test func removesCancelledTasks() async {
        let shared = Shared()
        let task = Task { await shared.wait() }
        await shared.waitUntilCount(is: 1)
        task.cancel()
        #expect(await task.value == nil)
        #expect(shared.state.withLock { $0.waiting.isEmpty })
    }

    @Test func aTimeoutEndsTheWait() async {
        let shared = Shared()
        #expect(await withTimeout(.milliseconds(1)) { await shared.wait() } == nil)
        #expect(await withTimeout(.seconds(3_600)) { 5 } == 5)
        #expect(shared.state.withLock { $0.waiting.isEmpty })
    }
}
