import Glibc
import Observability
import Testing

@testable import ServiceRuntime

/// Sends real signals to child processes.
@Suite(.timeLimit(.minutes(10))) struct ProcessControlTests {
    @Test(arguments: [SIGTERM, SIGINT]) func stopsCleanlyOnASignal(signal: CInt) async {
        let result = await #expect(
            processExitsWith: .exitCode(7),
            observing: [\.standardErrorContent]
        ) { [signal = signal as CInt] in
            let service = Service(
                name: "server",
                run: {
                    kill(getpid(), signal)
                    await Event().wait()
                }
            )
            try await ServiceGroup(logger: Logger(service: "child"), services: [service]).run()
            exit(7)
        }
        let log = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(log.contains(#""message":"A service has stopped","component":"server""#))
        #expect(log.contains(ProcessControl.name(ofSignal: signal)))
    }

    /// The services block every thread of the cooperative pool forever, like a bug in a driver.
    @Test func aSecondSignalEndsAProcessWithBlockedThreads() async {
        await #expect(processExitsWith: .exitCode(128 + SIGINT)) {
            let hanging = Service(name: "hanging", run: { Child.hang() })
            let group = ServiceGroup(
                logger: Logger(service: "child"),
                services: Array(repeating: hanging, count: Int(sysconf(CInt(_SC_NPROCESSORS_ONLN))) + 2)
            )
            Child.sendSignalsFromAThread([SIGTERM, SIGINT])
            try await group.run()
        }
    }

    @Test func theDeadlineEndsAProcessWithBlockedThreads() async {
        let result = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
            let hanging = Service(name: "hanging", run: { Child.hang() })
            let group = ServiceGroup(
                logger: Logger(service: "child"),
                services: Array(repeating: hanging, count: Int(sysconf(CInt(_SC_NPROCESSORS_ONLN))) + 2),
                shutdownDeadline: .milliseconds(100)
            )
            Child.sendSignalsFromAThread([SIGTERM])
            try await group.run()
        }
        let log = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(log.contains(#""message":"A service did not stop in time, so the process ends without it""#))
        #expect(log.contains(#""component":"hanging""#))
    }

    @Test func survivesAClientDisconnect() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let writer = Service(
                name: "writer",
                run: {
                    var ends: [CInt] = [-1, -1]
                    guard pipe(&ends) == 0 else { return }
                    close(ends[0])
                    let written = write(ends[1], "x", 1)
                    if written == -1, errno == EPIPE { exit(7) }
                }
            )
            try await ServiceGroup(logger: Logger(service: "child"), services: [writer]).run()
        }
    }

    @Test func signalsHaveTheirDefaultEffectAfterTheGroupEnds() async {
        await #expect(processExitsWith: .signal(SIGTERM)) {
            try await ServiceGroup(logger: Logger(service: "child"), services: [Service(name: "job", run: {})]).run()
            kill(getpid(), SIGTERM)
            Child.hang()
        }
    }
}

/// The work of the child processes.
private enum Child {
    static func hang() {
        while true {
            pause()
        }
    }

    /// Sends signals from a thread outside Swift's pool; the second one follows when the first is handled.
    static func sendSignalsFromAThread(_ signals: [CInt]) {
        var thread = pthread_t()
        let list = UnsafeMutablePointer<CInt>.allocate(capacity: signals.count + 1)
        list.initialize(from: signals + [0], count: signals.count + 1)
        pthread_create(
            &thread,
            nil,
            { argument in
                var next = argument?.assumingMemoryBound(to: CInt.self)
                while let signal = next?.pointee, signal != 0 {
                    usleep(300_000)
                    kill(getpid(), signal)
                    next = next?.successor()
                }
                return nil
            },
            list
        )
        pthread_detach(thread)
    }
}
