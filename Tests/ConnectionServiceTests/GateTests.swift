import Synchronization
import Testing

@testable import ConnectionService

@Suite(.timeLimit(.minutes(5))) struct GateTests {
    /// The current and the largest number of tasks inside.
    private final class Crowd: Sendable {
        private let state = Mutex((inside: 0, most: 0, passed: 0))

        var most: Int { state.withLock { $0.most } }
        var passed: Int { state.withLock { $0.passed } }

        func enter() {
            state.withLock { state in
                state.inside += 1
                state.most = max(state.most, state.inside)
            }
        }

        func leave() {
            state.withLock { state in
                state.inside -= 1
                state.passed += 1
            }
        }
    }

    @Test func limitsConcurrentTasks() async throws {
        let gate = Gate(width: 3)
        let crowd = Crowd()
        try await withThrowingTaskGroup { group in
            for _ in 0..<100 {
                group.addTask {
                    try await gate.pass {
                        crowd.enter()
                        try await Task.sleep(for: .milliseconds(1))
                        crowd.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(crowd.most == 3)
        #expect(crowd.passed == 100)
    }

    @Test func cancelsAWaitingTask() async throws {
        let gate = Gate(width: 1)
        try await withThrowingTaskGroup { group in
            group.addTask { try await gate.pass { try await Task.sleep(for: .seconds(3_600)) } }
            for _ in 0..<5 { group.addTask { try await gate.pass {} } }
            try await Task.sleep(for: .milliseconds(20))
            group.cancelAll()
            while let result = await group.nextResult() {
                #expect(throws: CancellationError.self) { try result.get() }
            }
        }
        // No task is left inside.
        #expect(try await gate.pass { 1 } == 1)
    }
}
