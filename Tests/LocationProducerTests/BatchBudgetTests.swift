import HTTPServer
import Testing

@testable import LocationProducer

@Suite struct BatchBudgetTests {
    @Test func refusesWhatHasNoRoomUntilThereIsSome() async throws {
        let budget = BatchBudget(capacity: 100)
        let request = try Request(.post, "/api/locations/batch", body: RequestBody(Array(repeating: 0x20, count: 60)))
        try await budget.withReservation(for: request) {
            await #expect { try await budget.withReservation(for: request) {} } throws: { error in
                let problem = error as? Problem
                return problem?.status == .serviceUnavailable && problem?.headers["Retry-After"] != nil
            }
        }
        try await budget.withReservation(for: request) {}
    }

    @Test func givesTheRoomBackWhateverHappens() async throws {
        let budget = BatchBudget(capacity: 100)
        let request = try Request(.post, "/api/locations/batch", body: RequestBody(Array(repeating: 0x20, count: 60)))
        for _ in 0..<3 {
            await #expect(throws: CancellationError.self) {
                try await budget.withReservation(for: request) { throw CancellationError() }
            }
        }
        try await budget.withReservation(for: request) {}
    }

    /// However little memory there is, a batch that is not larger than allowed is taken when there is no other.
    @Test(arguments: [0, 256 << 20]) func hasRoomForOneBatch(memoryBound: Int) async throws {
        let budget = BatchBudget(memoryBound: memoryBound)
        let request = try Request(
            .post,
            "/api/locations/batch",
            headers: ["Content-Encoding": "gzip"],
            body: RequestBody([0x1F, 0x8B])
        )
        try await budget.withReservation(for: request) {}
    }

    @Test func countsAFoldedBodyInFull() async throws {
        let budget = BatchBudget(capacity: LocationBatch.maximumBytes - 1)
        let request = try Request(
            .post,
            "/api/locations/batch",
            headers: ["Content-Encoding": "gzip"],
            body: RequestBody([0x1F, 0x8B])
        )
        await #expect(throws: Problem.self) { try await budget.withReservation(for: request) {} }
    }
}
