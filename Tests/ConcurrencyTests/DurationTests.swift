import Testing

@testable import Concurrency

@Suite struct DurationTests {
    @Test func convertsToUnits() {
        let duration = Duration.seconds(2) + .microseconds(1_500)
        #expect(duration.inSeconds == 2.0015)
        #expect(duration.milliseconds == 2_002)
        #expect(duration.nanoseconds == 2_001_500_000)
        #expect(Duration.seconds(Int64.max).nanoseconds == .max / 2)
        #expect(Duration.seconds(-Int64.max).nanoseconds == .min / 2)
    }
}
