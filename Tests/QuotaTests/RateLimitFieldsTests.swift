import Quota
import Testing

@Suite struct RateLimitFieldsTests {
    @Test func writesThePoliciesInOrder() {
        let policies = [
            RateLimitPolicy(name: "daily", quota: 10_000, window: 86_400),
            RateLimitPolicy(name: "burst", quota: 50, window: 1),
        ]
        #expect(RateLimitFields.policy(policies) == #""daily";q=10000;w=86400, "burst";q=50;w=1"#)
        #expect(RateLimitFields.policy([]).isEmpty)
    }

    @Test func writesWhatIsLeft() {
        #expect(RateLimitFields.limit("daily", remaining: 9_421, secondsToReset: 30_312) == #""daily";r=9421;t=30312"#)
    }

    /// RFC 9651 allows integers of at most 15 digits, and quotes and backslashes only behind a backslash.
    @Test func staysWithinTheSyntaxOfStructuredFields() {
        #expect(
            RateLimitFields.limit("a\"\\é\n", remaining: -1, secondsToReset: .max)
                == #""a\"\\??";r=0;t=999999999999999"#
        )
    }
}
