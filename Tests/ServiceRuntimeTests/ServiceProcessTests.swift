import Glibc
import Observability
import Testing

@testable import ServiceRuntime

/// Whole lives of processes, each in a process of its own.
@Suite(.timeLimit(.minutes(10))) struct ServiceProcessTests {
    @Test func namesEveryProblemAndEndsWithTheStatusForConfiguration() async {
        let result = await #expect(processExitsWith: .exitCode(EX_CONFIG), observing: [\.standardErrorContent]) {
            setenv("HTTP_PORT", "x", 1)
            unsetenv("DB_PASSWORD")
            setenv("LOG_LEVEL", "loud", 1)
            await Child.run { _, process in ServiceGroup(logger: process.logger, services: []) }
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(
            text.hasSuffix(
                """
                child cannot start. 3 settings are wrong:
                  LOG_LEVEL is "loud", but must be one of debug, info, warning, error.
                  HTTP_PORT is "x", but must be an integer from 0 to 65535.
                  DB_PASSWORD is missing. Password.
                See child --help for all settings.

                """
            )
        )
    }

    @Test func aJobThatIsDoneEndsWithSuccess() async {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            setenv("DB_PASSWORD", "hunter2", 1)
            await Child.run { port, process in
                let ready = String(decoding: process.metrics.prometheusText(), as: UTF8.self)
                    .contains("process_start_time_seconds")
                let job = Service(name: "job", run: { if port != 5000 || !ready { throw CancellationError() } })
                return ServiceGroup(logger: process.logger, services: [job])
            }
        }
        let log = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(log.contains(#""setting":"DB_PASSWORD=<redacted>""#))
        #expect(!log.contains("hunter2"))
    }

    /// What libraries clean up then, their threads may still be using.
    @Test func endsWithoutTheExitHandlersOfLibraries() async {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("DB_PASSWORD", "hunter2", 1)
            atexit { abort() }
            print("what was printed", terminator: "")
            await Child.run { _, process in
                ServiceGroup(logger: process.logger, services: [Service(name: "job", run: {})])
            }
        }
        #expect(result?.standardOutputContent.isEmpty == false)
    }

    @Test func aServiceThatFailsEndsWithFailure() async {
        let result = await #expect(processExitsWith: .exitCode(EXIT_FAILURE), observing: [\.standardErrorContent]) {
            setenv("DB_PASSWORD", "hunter2", 1)
            await Child.run { _, process in
                let broken = Service(name: "broken", start: { throw CancellationError() })
                return ServiceGroup(logger: process.logger, services: [broken])
            }
        }
        let log = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(
            log.contains(#""component":"broken","reason":"start","error_type":"CancellationError""#)
                || log.contains("broken")
        )
    }

    @Test(arguments: [("--help", EXIT_SUCCESS), ("--nonsense", EX_USAGE)])
    func answersArguments(argument: String, status: CInt) async {
        let result = await #expect(
            processExitsWith: .exitCode(status),
            observing: [\.standardOutputContent, \.standardErrorContent]
        ) { [argument = argument as String] in
            await Child.run(arguments: [argument]) { _, process in ServiceGroup(logger: process.logger, services: []) }
        }
        let output = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
        let complaint = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        if status == EXIT_SUCCESS {
            #expect(output.contains("HTTP_PORT\n      Port.\n      an integer from 0 to 65535; default: 5000\n"))
            #expect(!complaint.contains("child"))
        } else {
            #expect(!output.contains("child"))
            #expect(complaint.hasSuffix("child takes no argument --nonsense; see child --help.\n"))
        }
    }
}

private enum Child {
    static func run(
        arguments: [String] = [],
        _ wire: (Int, ServiceProcess) async throws -> ServiceGroup
    ) async -> Never {
        await ServiceProcess.run(
            "child",
            arguments: arguments,
            { reader in
                let port = reader.integer("HTTP_PORT", default: 5000, in: 0...65_535, "Port.")
                _ = reader.secret("DB_PASSWORD", "Password.")
                return port
            },
            wire: wire
        )
    }
}
