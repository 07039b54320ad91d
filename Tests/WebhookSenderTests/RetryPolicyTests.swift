import HTTPClient
import Models
import Testing

@testable import Persistence
@testable import WebhookSender

@Suite struct RetryPolicyTests {
    private let policy = RetryPolicy(base: .seconds(10), cap: .seconds(3_600), lifetime: .seconds(86_400))

    @Test(arguments: [(1, 5), (2, 10), (3, 20), (9, 1_280), (10, 1_800), (100, 1_800)] as [(Int32, Int64)])
    func pausesDoubleUpToTheCap(attempt: Int32, seconds: Int64) {
        let fate = policy.fateOfFailure(claimed(attempt), at: Timestamp(microseconds: 0), jitter: 0.5)
        #expect(fate == .retried(after: seconds * 1_000_000))
    }

    @Test func givesUpWhenTheNextAttemptWouldBeTooLate() {
        let last = Timestamp(microseconds: 86_395_000_000)
        #expect(policy.fateOfFailure(claimed(1), at: last, jitter: 0.5) == .retried(after: 5_000_000))
        #expect(policy.fateOfFailure(claimed(1), at: last, jitter: 0.51) == .dead)
    }

    @Test(
        arguments: [
            (200, .delivered), (299, .delivered), (410, .gone), (199, .retried(after: 5_000_000)),
            (302, .retried(after: 5_000_000)), (404, .retried(after: 5_000_000)), (500, .retried(after: 5_000_000)),
        ] as [(Int, DeliveryOutcome.Fate)]
    )
    func decidesByTheStatus(status: Int, fate: DeliveryOutcome.Fate) {
        #expect(self.fate(of: PostLoop.Answer(status: status, retryAfter: 0)) == fate)
    }

    @Test(arguments: [(3, 5), (60, 60), (3_600, 3_600), (3_601, 3_600), (Int.max, 3_600)] as [(Int, Int64)])
    func waitsAsLongAsTheEndpointAsksUpToTheCap(retryAfter: Int, seconds: Int64) {
        let answer = PostLoop.Answer(status: 429, retryAfter: retryAfter)
        #expect(fate(of: answer) == .retried(after: seconds * 1_000_000))
    }

    private func fate(of answer: PostLoop.Answer) -> DeliveryOutcome.Fate {
        policy.fate(of: claimed(1), answer, at: Timestamp(microseconds: 0), jitter: 0.5)
    }
}

/// An attempt of a delivery that was created in 1970.
func claimed(_ attempt: Int32) -> ClaimedDelivery {
    ClaimedDelivery(
        id: 1,
        attempt: attempt,
        createdAt: Timestamp(microseconds: 0),
        webhook: "w",
        url: "https://example.org/",
        secrets: [],
        event: DomainEvent(
            position: 1,
            subject: "s",
            revision: 1,
            type: .ping,
            recordedAt: Timestamp(microseconds: 0)
        ),
        isConsented: true
    )
}
