import Foundation
import Postgres
import Synchronization
import TestSupport

/// One service of a suite, which cases can end and restart at the same address.
final class Part: Sendable {
    /// The executable.
    let executable: RunningService.Executable
    /// The base address.
    let address: URL
    private let database: PostgresConfiguration
    private let environment: [String: String]
    private let logs: URL
    private struct State {
        var service: RunningService?
        var peakMemory = 0
    }
    private let state = Mutex(State())

    /// Chooses a port.
    ///
    /// Does not start the process.
    init(
        _ executable: RunningService.Executable,
        database: PostgresConfiguration,
        environment: [String: String],
        logs: URL
    ) throws {
        let port = try FreePort.find()
        guard let address = URL(string: "http://127.0.0.1:\(port)") else {
            throw FaultsError("The address is invalid.")
        }
        self.executable = executable
        self.address = address
        self.database = database
        self.environment = environment.merging(["HTTP_PORT": String(port), "DB_ACQUIRE_TIMEOUT": "200ms"]) { $1 }
        self.logs = logs
    }

    /// The current process, or the last one.
    var service: RunningService? { state.withLock { $0.service } }

    /// The peak memory of all its processes in KiB, according to the kernel (`VmHWM`).
    var peakMemory: Int { state.withLock { $0.peakMemory } }

    /// Starts the process.
    ///
    /// - Parameters:
    ///   - settings: additional settings for this start.
    ///   - untilReady: whether to wait for `/readyz`.
    ///   - folder: the folder of another version, if any.
    /// - Throws: if the process ends instead.
    func start(_ settings: [String: String] = [:], untilReady: Bool = true, from folder: URL? = nil) async throws {
        let service = try await RunningService.start(
            executable,
            database: database,
            environment: environment.merging(settings) { $1 },
            logs: logs,
            untilReady: false,
            from: folder
        )
        state.withLock { $0.service = service }
        if untilReady { try await service.waitUntilReady() }
    }

    /// Kills the process at once.
    func kill9() async {
        noteMemory()
        await service?.kill9()
    }

    /// Sends SIGTERM and waits for the end.
    ///
    /// - Throws: if its exit status is not 0.
    func terminate() async throws {
        noteMemory()
        guard let service else { return }
        guard service.isRunning else { throw FaultsError("\(executable.rawValue) ended unexpectedly.") }
        let status = await service.terminate()
        guard status == 0 else { throw FaultsError("\(executable.rawValue) exited with \(status) after SIGTERM.") }
    }

    /// Waits until the process dies at its failpoint.
    func died() async throws {
        guard let service else { return }
        try await eventually("\(executable.rawValue) dies at its failpoint") { !service.isRunning }
    }

    /// Whether the process is suspended (state T of the kernel).
    var isHalted: Bool {
        guard let service else { return false }
        let text = try? String(contentsOfFile: "/proc/\(service.processID)/status", encoding: .utf8)
        return text?.contains("\nState:\tT") == true
    }

    /// The status of a GET request; `nil` without an answer.
    func status(of path: String) async -> Int? {
        try? await HTTPClient(base: address, connections: 1, timeout: 5).send("GET", path).status
    }

    /// The value of a series without labels in `/metrics`; `nil` if it is missing.
    func metric(_ name: String) async -> Double? {
        let client = HTTPClient(base: address, connections: 1, timeout: 5)
        guard let answer = try? await client.send("GET", "/metrics") else { return nil }
        let line = String(decoding: answer.body, as: UTF8.self).split(separator: "\n").first {
            $0.hasPrefix("\(name) ")
        }
        return line.flatMap { Double($0.dropFirst(name.count + 1)) }
    }

    /// Records the current peak memory.
    func noteMemory() {
        guard let service, service.isRunning,
            let status = try? String(contentsOfFile: "/proc/\(service.processID)/status", encoding: .utf8),
            let peak = status.firstMatch(of: /VmHWM:\s+(\d+) kB/).flatMap({ Int($0.1) })
        else { return }
        state.withLock { $0.peakMemory = max($0.peakMemory, peak) }
    }
}
