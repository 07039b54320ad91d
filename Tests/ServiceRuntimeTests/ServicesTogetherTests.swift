import Testing

@testable import ServiceRuntime

@Suite struct ServicesTogetherTests {
    private struct Broken: Error {}

    private let journal = Journal()

    private func service(_ name: String) -> Service {
        Service(
            name: name,
            start: { [journal] in journal.add("start \(name)") },
            stop: { [journal] in journal.add("stop \(name)") }
        )
    }

    @Test func startsInOrderAndStopsAtTheSameTime() async throws {
        let (first, second) = (Event(), Event())
        let together = Service.together(
            "both",
            [
                Service(
                    name: "a",
                    stop: {
                        first.happen()
                        await second.wait()
                    }
                ),
                Service(
                    name: "b",
                    stop: {
                        second.happen()
                        await first.wait()
                    }
                ),
            ]
        )
        try await together.start()
        // This would hang if the services stopped one after another.
        await together.stop()
        #expect(together.run == nil)
    }

    @Test func aFailedStartStopsStartedServices() async throws {
        let broken = Service(name: "b", start: { throw Broken() })
        let together = Service.together("all", [service("a"), broken, service("c")])
        await #expect(throws: Broken.self) { try await together.start() }
        #expect(journal.entries == ["start a", "stop a"])
    }

    @Test func aRunThatEndsStopsAllServices() async throws {
        let together = Service.together(
            "both",
            [
                Service(name: "a", run: { try await Event().waitOrThrow() }),
                Service(name: "b", run: { throw Broken() }),
            ]
        )
        let run = try #require(together.run)
        await #expect(throws: Broken.self) { try await run() }
    }
}
