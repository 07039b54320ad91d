import Foundation
import Glibc
import Postgres
import TestSupport

/// A private PostgreSQL server with durable commits, which cases can stop, kill and suspend.
final class PostgresServer: Sendable {
    /// PostgreSQL's shutdown modes with their signals.
    enum Shutdown: Int32 {
        /// Rolls back transactions and writes the data.
        case fast = 2
        /// Writes nothing; the next start recovers from the log.
        case immediate = 3
    }

    /// The settings for the database `postgres`.
    let configuration: PostgresConfiguration
    /// The folder of the data, the log and the password.
    let folder: String
    private let arguments: [String]

    /// Starts the server of a folder, and creates the folder if it is missing.
    ///
    /// - Parameters:
    ///   - folder: the folder for all files.
    ///   - arguments: additional arguments for `scripts/postgres start`.
    /// - Throws: if it does not start.
    init(in folder: String, _ arguments: [String] = []) throws {
        self.folder = folder
        self.arguments = arguments
        _ = try TestCluster.run(["start", folder] + arguments)
        configuration = try TestCluster.configuration(ofClusterIn: folder)
    }

    /// Restarts the server, and waits until it accepts connections.
    func start() throws {
        _ = try TestCluster.run(["start", folder] + arguments)
    }

    /// Stops the server and waits for its end.
    func stop(_ shutdown: Shutdown = .fast) async throws {
        guard let postmaster else { return }
        kill(postmaster, shutdown.rawValue)
        try await waitUntilGone()
    }

    /// Kills the postmaster.
    ///
    /// Its children notice and exit.
    func kill9() async throws {
        guard let postmaster else { return }
        kill(postmaster, SIGKILL)
        try await waitUntilGone()
    }

    /// Suspends all its processes (SIGSTOP), or resumes them.
    func halt(_ isHalted: Bool) {
        for process in processes { kill(process, isHalted ? SIGSTOP : SIGCONT) }
    }

    /// The number of lines in its log that contain a text.
    func failures(saying text: String) -> Int {
        let log = (try? String(contentsOfFile: "\(folder)/log", encoding: .utf8)) ?? ""
        return log.split(separator: "\n").count { $0.contains(text) }
    }

    private func waitUntilGone() async throws {
        try await eventually("PostgreSQL has ended") { processes.isEmpty }
    }

    private var dataFolder: String { "\(folder)/data" }

    private var postmaster: Int32? {
        let text = try? String(contentsOfFile: "\(dataFolder)/postmaster.pid", encoding: .utf8)
        // The file of a killed server remains, and another process may have its number.
        return text?.split(separator: "\n").first.flatMap { Int32($0) }.flatMap { processes.contains($0) ? $0 : nil }
    }

    /// The processes that use the data folder.
    private var processes: [Int32] {
        let data = URL(filePath: dataFolder).resolvingSymlinksInPath().path()
        let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return numbers.compactMap { Int32($0) }.filter { number in
            let folder = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(number)/cwd")
            return folder == data
        }
    }
}
