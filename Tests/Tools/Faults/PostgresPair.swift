import Foundation
import Postgres
import Synchronization
import TestSupport

/// A PostgreSQL server with a synchronous standby: a commit is acknowledged only when the standby has it.
///
/// Both listen on one port at two addresses, like the hosts of a `DB_HOST` with one `DB_PORT`. Only the case decides which one
/// is primary. A former primary may only return as a copy of the other, as with cluster managers.
final class PostgresPair: Sendable {
    private static let addresses = ["127.0.0.1", "127.0.0.2"]

    private struct State {
        var primary: PostgresServer
        var standby: PostgresServer
    }

    private let state: Mutex<State>
    private let port: Int

    /// Creates and starts both in folders whose names start with `folder`.
    init(in folder: String) async throws {
        let port = try FreePort.find()
        let folders = ["a", "b"].map { "\(folder)-\($0)" }
        for folder in folders {
            _ = try TestCluster.run("stop", folder)
            try FileManager.default.removeItem(atPath: folder)
        }
        let first = try PostgresServer(in: folders[0], Self.arguments(Self.addresses[0], port))
        try await Self.copy(of: Self.addresses[0], port, first.folder, to: folders[1])
        let second = try PostgresServer(in: folders[1], Self.arguments(Self.addresses[1], port))
        self.port = port
        state = Mutex(State(primary: first, standby: second))
        try await waitForStandby()
    }

    /// The server that accepts writes.
    ///
    /// Its configuration names both; clients find the primary.
    var primary: PostgresServer { state.withLock { $0.primary } }

    /// The other server.
    var standby: PostgresServer { state.withLock { $0.standby } }

    /// The settings for clients, which find the primary.
    var configuration: PostgresConfiguration {
        var configuration = primary.configuration
        configuration.host = Self.addresses.joined(separator: ",")
        return configuration
    }

    /// Kills the primary, and promotes the standby.
    func failOver() async throws {
        try await primary.kill9()
        let standby = standby
        let client = PostgresClient(configuration: alone(standby))
        try await client.execute("SELECT pg_promote()")
        await client.close()
        state.withLock { swap(&$0.primary, &$0.standby) }
    }

    /// Turns the former primary into a standby of the new one, and waits until commits are synchronous.
    func restoreStandby() async throws {
        let (primary, standby) = (primary, standby)
        try await Self.copy(of: Self.address(of: primary), port, primary.folder, to: standby.folder)
        try standby.start()
        try await waitForStandby()
    }

    /// Ends both, and deletes their files.
    func remove() async {
        for server in [primary, standby] {
            try? await server.kill9()
            try? FileManager.default.removeItem(atPath: server.folder)
        }
    }

    private func waitForStandby() async throws {
        let client = PostgresClient(configuration: alone(primary))
        try await client.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        try await client.execute("SELECT pg_reload_conf()")
        try await eventually("the standby follows") {
            let rows = try await client.query("SELECT FROM pg_stat_replication WHERE sync_state = 'sync'")
            return !rows.isEmpty
        }
        await client.close()
    }

    private func alone(_ server: PostgresServer) -> PostgresConfiguration {
        var configuration = server.configuration
        configuration.host = Self.address(of: server)
        configuration.targetSession = .any
        return configuration
    }

    private static func address(of server: PostgresServer) -> String {
        server.folder.hasSuffix("a") ? addresses[0] : addresses[1]
    }

    private static func arguments(_ address: String, _ port: Int) -> [String] {
        [String(port), "--config", "listen_addresses=\(address)", "--config", "wal_keep_size=1GB"]
    }

    /// Copies a running server.
    ///
    /// The copy follows it when started.
    private static func copy(of address: String, _ port: Int, _ original: String, to folder: String) async throws {
        let files = FileManager.default
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // The roles and their passwords are replicated.
        let names = ["password", "passwords", "superuser"]
        for name in ["data"] + names where files.fileExists(atPath: "\(folder)/\(name)") {
            try files.removeItem(atPath: "\(folder)/\(name)")
        }
        for name in names { try files.copyItem(atPath: "\(original)/\(name)", toPath: "\(folder)/\(name)") }
        let password = try String(contentsOfFile: "\(original)/passwords/uda_backup", encoding: .utf8)
        try await Tool.run(
            [
                "pg_basebackup", "--pgdata", "\(folder)/data", "--write-recovery-conf", "--checkpoint=fast",
                "--no-sync", "--host", address, "--port", String(port), "--username", "uda_backup",
            ],
            environment: ["PGPASSWORD": password]
        )
    }
}
