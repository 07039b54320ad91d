import Glibc
import Observability
import Synchronization
import Testing

@testable import ServiceRuntime

@Suite(.timeLimit(.minutes(10))) struct ServiceGroupTests {
    private let journal = Journal()
    private let process = FakeProcess()

    @Test func startsInOrderAndStopsInReverse() async throws {
        let last = service("c", run: { process.send(SIGTERM) })
        try await group([service("a"), service("b"), last]).run()
        #expect(journal.entries == ["start a", "start b", "start c", "stop c", "stop b", "stop a"])
        #expect(process.exits.isEmpty)
    }

    @Test(arguments: [SIGTERM, SIGINT]) func stopsAnEmptyGroupOnASignal(signal: CInt) async throws {
        let group = group([])
        async let running: Void = group.run()
        await process.listening.wait()
        process.send(signal)
        try await running
    }

    @Test func aFailedStartStopsStartedServicesAndThrows() async throws {
        let broken = Service(name: "b", start: { throw Broken() }, stop: { journal.add("stop b") })
        let failure = await #expect(throws: ServiceFailure.self) {
            try await group([service("a"), broken, service("c")]).run()
        }
        #expect(journal.entries == ["start a", "stop a"])
        #expect(failure?.service == "b")
        #expect(failure?.phase == .start)
        #expect(failure?.cause is Broken)
    }

    @Test func aRunThatThrowsStopsAllAndThrows() async throws {
        let failure = await #expect(throws: ServiceFailure.self) {
            try await group([service("a"), service("b", run: { throw Broken() }), service("c")]).run()
        }
        #expect(journal.entries.suffix(2) == ["stop b", "stop a"])
        #expect(failure?.service == "b")
        #expect(failure?.phase == .run)
    }

    @Test func aRunThatReturnsStopsAllWithoutAnError() async throws {
        try await group([service("a"), service("job", run: { journal.add("done") })]).run()
        #expect(journal.entries == ["start a", "start job", "done", "stop job", "stop a"])
    }

    @Test func aSignalCancelsARunningStart() async throws {
        let waiting = Service(
            name: "b",
            start: {
                process.send(SIGTERM)
                try await Event().waitOrThrow()
            },
            stop: { journal.add("stop b") }
        )
        try await group([service("a"), waiting, service("c")]).run()
        #expect(journal.entries == ["start a", "stop a"])
    }

    @Test func aStartThatCompletesDespiteASignalIsStopped() async throws {
        let stubborn = Service(
            name: "b",
            start: { process.send(SIGTERM) },
            stop: { journal.add("stop b") }
        )
        try await group([service("a"), stubborn, service("c")]).run()
        #expect(journal.entries == ["start a", "stop b", "stop a"])
    }

    @Test func aRunContinuesUntilItsOwnServiceHasStopped() async throws {
        let pool = service(
            "pool",
            run: {
                await Event().wait()
                journal.add("pool's run is over")
            }
        )
        let server = service("server", run: { process.send(SIGTERM) })
        try await group([pool, server]).run()
        #expect(
            journal.entries == ["start pool", "start server", "stop server", "stop pool", "pool's run is over"]
        )
    }

    @Test func anErrorWhileStoppingIsReported() async throws {
        let flushing = service(
            "flushing",
            run: {
                await Event().wait()
                throw Broken()
            }
        )
        let failure = await #expect(throws: ServiceFailure.self) {
            try await group([flushing, service("server", run: { process.send(SIGTERM) })]).run()
        }
        #expect(failure?.service == "flushing")
        #expect(journal.entries.last == "stop flushing")
    }

    @Test func cancellationStopsTheGroup() async throws {
        let started = Event()
        let group = group([
            service("a"),
            service(
                "b",
                run: {
                    started.happen()
                    await Event().wait()
                }
            ),
        ])
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            await started.wait()
            tasks.cancelAll()
            try await tasks.waitForAll()
        }
        #expect(journal.entries == ["start a", "start b", "stop b", "stop a"])
    }

    @Test func namesTheHangingServiceAndExitsAtTheDeadline() async throws {
        let (stopping, released) = (Event(), Event())
        let hanging = Service(
            name: "hanging",
            run: { process.send(SIGTERM) },
            stop: {
                stopping.happen()
                await released.wait()
            }
        )
        let group = group([service("a"), hanging])
        async let running: Void = group.run()
        await stopping.wait()
        #expect(process.deadlines == [.seconds(25)])
        process.ringAlarm()
        #expect(process.exits == [1])
        #expect(journal.logs.contains { $0.contains("did not stop in time") && $0.contains(#""component":"hanging""#) })
        released.happen()
        try await running
    }

    @Test func anAlarmAfterTheEndDoesNothing() async throws {
        try await group([service("a", run: {})]).run()
        process.ringAlarm()
        #expect(process.exits.isEmpty)
    }

    @Test func aSecondSignalExitsAtOnce() async throws {
        let (stopping, released) = (Event(), Event())
        let slow = Service(
            name: "slow",
            run: { process.send(SIGTERM) },
            stop: {
                stopping.happen()
                await released.wait()
            }
        )
        let group = group([slow])
        async let running: Void = group.run()
        await stopping.wait()
        #expect(process.exits.isEmpty)
        process.send(SIGINT)
        #expect(process.exits == [130])
        released.happen()
        try await running
    }

    @Test func isNotReadyOnceItStops() async throws {
        let health = Health(checks: [])
        let readiness = Mutex<[Bool]>([])
        let observer = Service(
            name: "observer",
            start: { readiness.withLock { $0.append(!health.isStopping) } },
            run: {},
            stop: { readiness.withLock { $0.append(!health.isStopping) } }
        )
        try await group([observer], health: health).run()
        #expect(readiness.withLock { $0 } == [true, false])
    }

    // MARK: Fixtures

    private struct Broken: Error {}

    /// A service that records its start and stop in the journal.
    private func service(_ name: String, run: (@Sendable () async throws -> Void)? = nil) -> Service {
        Service(
            name: name,
            start: { journal.add("start \(name)") },
            run: run,
            stop: { journal.add("stop \(name)") }
        )
    }

    private func group(_ services: [Service], health: Health? = nil) -> ServiceGroup {
        ServiceGroup(
            logger: Logger(service: "test", output: LogOutput(write: { journal.addLog($0) })),
            services: services,
            shutdownDeadline: .seconds(25),
            health: health,
            process: process.control
        )
    }
}
