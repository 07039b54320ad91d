import Foundation
import Glibc
import Observability
import Synchronization
import Testing

@testable import ServiceRuntime

/// Runs complete service lifecycles, each in a child process.
@Suite(.timeLimit(.minutes(10))) struct ServiceProcessTests {
    @Test func reportsAllProblemsAndExitsWithTheConfigurationStatus() async {
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

    @Test func aCompletedJobExitsWithSuccess() async {
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

    /// Exit handlers of libraries would release memory that their threads may still use.
    @Test func exitsWithoutTheExitHandlersOfLibraries() async {
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

    @Test func aFailedServiceExitsWithFailure() async {
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

    @Test(arguments: [("200 OK", EXIT_SUCCESS), ("503 Service Unavailable", EXIT_FAILURE)])
    func asksTheRunningServiceForItsHealth(status: String, exitStatus: CInt) async throws {
        let listener = try OneAnswerListener()
        let answer = Thread { listener.answer("HTTP/1.1 \(status)\r\nContent-Length: 4\r\n\r\nasis") }
        answer.start()
        let port = listener.port.description
        let result = await #expect(
            processExitsWith: .exitCode(exitStatus),
            observing: [\.standardOutputContent, \.standardErrorContent]
        ) { [port = port as String] in
            setenv("HTTP_PORT", port, 1)
            await Child.run(arguments: ["--health"]) { _, process in
                ServiceGroup(logger: process.logger, services: [])
            }
        }
        let output = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
        #expect(output.contains("asis\n"))
        #expect(listener.request.hasPrefix("GET /readyz HTTP/1.1\r\nHost: localhost\r\n"))
    }

    @Test func aMissingServiceIsUnhealthy() async throws {
        let port = try OneAnswerListener().port.description
        let result = await #expect(
            processExitsWith: .exitCode(EXIT_FAILURE),
            observing: [\.standardErrorContent]
        ) { [port = port as String] in
            setenv("HTTP_PORT", port, 1)
            await Child.run(arguments: ["--health"]) { _, process in
                ServiceGroup(logger: process.logger, services: [])
            }
        }
        let complaint = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(complaint.hasSuffix("child does not answer.\n"))
    }
}

/// Answers one connection, whatever the request.
///
/// Stops listening when released.
private final class OneAnswerListener: Sendable {
    private struct NoSocket: Error {}

    private let socket: CInt
    private let received = Mutex("")
    let port: UInt16

    /// The received request.
    var request: String { received.withLock { $0 } }

    init() throws {
        socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { [socket] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && listen(socket, 1) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        if !isBound { throw NoSocket() }
    }

    deinit {
        close(socket)
    }

    func answer(_ text: String) {
        let connection = accept(socket, nil, nil)
        defer { close(connection) }
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = recv(connection, &buffer, buffer.count, 0)
        received.withLock { $0 = String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self) }
        _ = send(connection, text, text.utf8.count, CInt(MSG_NOSIGNAL))
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
