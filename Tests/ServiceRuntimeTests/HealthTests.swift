import Testing

@testable import ServiceRuntime

@Suite(.timeLimit(.minutes(10))) struct HealthTests {
    @Test func isReadyWithoutChecks() async {
        #expect(await Health(checks: []).report().isReady)
    }

    @Test func isReadyIfEveryCheckPasses() async {
        let health = Health(checks: [ReadinessCheck(name: "a") { true }, ReadinessCheck(name: "b") { true }])
        #expect(await health.report().isReady)
    }

    @Test func namesTheFailingCheck() async {
        let health = Health(
            checks: [
                ReadinessCheck(name: "a") { true }, ReadinessCheck(name: "b") { false },
                ReadinessCheck(name: "c") { true },
            ]
        )
        let report = await health.report()
        #expect(!report.isReady)
        #expect(report.entries.map(\.name) == ["a", "b", "c"])
        #expect(report.entries.map(\.isReady) == [true, false, true])
    }

    @Test func aHangingCheckFailsAndIsCancelled() async {
        let cancelled = Event()
        let hanging = ReadinessCheck(name: "hanging") {
            await Event().wait()
            cancelled.happen()
            return true
        }
        let health = Health(checks: [hanging, ReadinessCheck(name: "b") { true }], timeout: .milliseconds(20))
        #expect(await health.report().entries.map(\.isReady) == [false, true])
        await cancelled.wait()
    }

    @Test func isNotReadyWhileTheProcessStops() async {
        let health = Health(checks: [ReadinessCheck(name: "a") { true }])
        health.beginStopping()
        let report = await health.report()
        #expect(!report.isReady)
        #expect(report.isStopping)
        #expect(report.entries.map(\.isReady) == [true])
    }
}
