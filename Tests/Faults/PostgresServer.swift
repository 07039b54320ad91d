import Foundation
import Glibc
import Postgres
import TestSupport

/// A private PostgreSQL server with durable commits, which can be ended, killed and halted.
final class PostgresServer: Sendable {
    /// The ways of ending that PostgreSQL knows, by their signals.
    enum Shutdown: Int32 {
        /// Transactions are rolled back, and the data written.
        case fast = 2
        /// Nothing is written; the next start recovers from the log.
        case immediate = 3
    }

    /// How to reach the database `postgres`.
    let configuration: PostgresConfiguration
    /// Where its data are, its log and its password.
    let folder: String
    private let arguments: [String]

    /// Starts the server of a folder, which is made if it is not there.
    ///
    /// - Parameters:
    ///   - folder: where everything of it is.
    ///   - arguments: further ones of `scripts/postgres start`.
    /// - Throws: if it does not start.
    init(in folder: String, _ arguments: [String] = []) throws {
        self.folder = folder
        self.arguments = arguments
        _ = try TestCluster.run(["start", folder] + arguments)
        configuration = try TestCluster.configuration(ofClusterIn: folder)
    }

    /// Starts it again, and returns when it takes connections.
    func start() throws {
        _ = try TestCluster.run(["start", folder] + arguments)
    }

    /// Ends it and returns when it has.
    func stop(_ shutdown: Shutdown = .fast) async throws {
        guard let postmaster else { return }
        kill(postmaster, shutdown.rawValue)
        try await waitUntilGone()
    }

    /// Ends the postmaster without giving it time for anything; its children notice, and end as well.
    func kill9() async throws {
        guard let postmaster else { return }
        kill(postmaster, SIGKILL)
        try await waitUntilGone()
    }

    /// Halts all of its processes (SIGSTOP), or lets them go on.
    func halt(_ isHalted: Bool) {
        for process in processes { kill(process, isHalted ? SIGSTOP : SIGCONT) }
    }

    /// How many lines of its log contain a text.
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
        // The file of a server that was killed stays, and its number may be somebody else's by now.
        return text?.split(separator: "\n").first.flatMap { Int32($0) }.flatMap { processes.contains($0) ? $0 : nil }
    }

    /// The processes that work in the data folder.
    private var processes: [Int32] {
        let data = URL(filePath: dataFolder).resolvingSymlinksInPath().path()
        let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return numbers.compactMap { Int32($0) }.filter { number in
            let folder = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(number)/cwd")
            return folder == data
        }
    }
}
