import Synchronization
import Testing

@testable import Concurrency

@Suite(.timeLimit(.minutes(5))) struct AsyncSemaphoreTests {
    private struct Crowded: Error {}

    /// Counts the admitted tasks.
    private final class Crowd: Sendable {
        private let state = Mutex((inside: 0, most: 0, passed: 0))

        var most: Int { state.withLock { $0.most } }
        var passed: Int { state.withLock { $0.passed } }

        func enter() {
            state.withLock { $0 = ($0.inside + 1, max($0.most, $0.inside + 1), $0.passed) }
        }

        func leave() {
            state.withLock { $0 = ($0.inside - 1, $0.most, $0.passed + 1) }
        }
    }

    @Test func admitsNoMoreTasksThanItsWidth() async throws {
        let semaphore = AsyncSemaphore(width: 3)
        let crowd = Crowd()
        try await withThrowingTaskGroup { group in
            for _ in 0..<100 {
                group.addTask {
                    try await semaphore.pass {
                        crowd.enter()
                        await Task.yield()
                        crowd.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(crowd.most <= 3)
        #expect(crowd.passed == 100)
    }

    @Test func refusesTasksBeyondItsQueue() async throws {
        let semaphore = AsyncSemaphore(width: 1, longestQueue: 0, refusal: Crowded())
        try await semaphore.pass {
            _ = await #expect(throws: Crowded.self) { _ = try await semaphore.pass { 1 } }
        }
        #expect(try await semaphore.pass { 1 } == 1)
    }

    @Test func endsTheWaitOfCancelledTasks() async throws {
        let semaphore = AsyncSemaphore(width: 1)
        try await semaphore.pass {
            await withThrowingTaskGroup { group in
                for _ in 0..<5 { group.addTask { try await semaphore.pass {} } }
                group.cancelAll()
                while let result = await group.nextResult() {
                    #expect(throws: CancellationError.self) { try result.get() }
                }
            }
        }
        #expect(try await semaphore.pass { 1 } == 1)
    }
}
