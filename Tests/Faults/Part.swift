import Foundation
import Postgres
import Synchronization
import TestSupport

/// One service of a suite, which can be ended and started again at the same address.
final class Part: Sendable {
    /// Which.
    let executable: RunningService.Executable
    /// Where it listens.
    let address: URL
    private let database: PostgresConfiguration
    private let environment: [String: String]
    private let logs: URL
    private struct State {
        var service: RunningService?
        var peakMemory = 0
    }
    private let state = Mutex(State())

    /// Chooses a port; nothing is started yet.
    init(
        _ executable: RunningService.Executable,
        database: PostgresConfiguration,
        environment: [String: String],
        logs: URL
    ) throws {
        let port = try FreePort.find()
        guard let address = URL(string: "http://127.0.0.1:\(port)") else { throw FaultsError("It has no address.") }
        self.executable = executable
        self.address = address
        self.database = database
        self.environment = environment.merging(["HTTP_PORT": String(port), "DB_ACQUIRE_TIMEOUT": "200ms"]) { $1 }
        self.logs = logs
    }

    /// The process; the last one if it has ended.
    var service: RunningService? { state.withLock { $0.service } }

    /// The most memory that any of its processes has had, in KiB, as the kernel counts it (`VmHWM`).
    var peakMemory: Int { state.withLock { $0.peakMemory } }

    /// Starts it.
    ///
    /// - Parameters:
    ///   - settings: what differs this time.
    ///   - untilReady: whether to wait for `/readyz`.
    ///   - folder: where another version of it is.
    /// - Throws: if it ends instead.
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

    /// Ends it without giving it time for anything.
    func kill9() async {
        noteMemory()
        await service?.kill9()
    }

    /// Asks it to end.
    ///
    /// - Throws: if its exit status is not 0.
    func terminate() async throws {
        noteMemory()
        guard let service else { return }
        guard service.isRunning else { throw FaultsError("\(executable.rawValue) has died by itself.") }
        let status = await service.terminate()
        guard status == 0 else { throw FaultsError("\(executable.rawValue) ended with \(status) when asked to end.") }
    }

    /// Waits until it has died by itself, at the failpoint that it was started with.
    func died() async throws {
        guard let service else { return }
        try await eventually("\(executable.rawValue) dies at its failpoint") { !service.isRunning }
    }

    /// Whether the process is halted (state T of the kernel).
    var isHalted: Bool {
        guard let service else { return false }
        let text = try? String(contentsOfFile: "/proc/\(service.processID)/status", encoding: .utf8)
        return text?.contains("\nState:\tT") == true
    }

    /// What it answers to a GET; `nil` if it does not.
    func status(of path: String) async -> Int? {
        try? await HTTPClient(base: address, connections: 1, timeout: 5).send("GET", path).status
    }

    /// A measurement without labels of its `/metrics`; `nil` if there is none.
    func metric(_ name: String) async -> Double? {
        let client = HTTPClient(base: address, connections: 1, timeout: 5)
        guard let answer = try? await client.send("GET", "/metrics") else { return nil }
        let line = String(decoding: answer.body, as: UTF8.self).split(separator: "\n").first {
            $0.hasPrefix("\(name) ")
        }
        return line.flatMap { Double($0.dropFirst(name.count + 1)) }
    }

    /// Looks how much memory it has had.
    func noteMemory() {
        guard let service, service.isRunning,
            let status = try? String(contentsOfFile: "/proc/\(service.processID)/status", encoding: .utf8),
            let peak = status.firstMatch(of: /VmHWM:\s+(\d+) kB/).flatMap({ Int($0.1) })
        else { return }
        state.withLock { $0.peakMemory = max($0.peakMemory, peak) }
    }
}
