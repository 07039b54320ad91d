import Postgres
import TestSupport

/// A private PostgreSQL server whose commits are durable.
struct DurableCluster {
    let configuration: PostgresConfiguration
    private let directory = ".build/bench/postgres"

    /// Starts it.
    init() throws {
        _ = try TestCluster.run("start", directory, "--database", "ingest", "--config", "max_wal_size=4GB")
        var settings: [String: String] = [:]
        for line in try TestCluster.run("env", directory).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 { settings[parts[0]] = parts[1] }
        }
        var configuration = PostgresConfiguration(
            host: settings["DB_HOST"] ?? "",
            port: Int(settings["DB_PORT"] ?? "") ?? 0,
            user: settings["DB_USERNAME"] ?? "",
            password: settings["DB_PASSWORD"],
            database: "ingest"
        )
        configuration.statementTimeout = .seconds(600)
        configuration.acquireTimeout = .seconds(30)
        self.configuration = configuration
    }

    /// Stops it; the data stay.
    func stop() {
        _ = try? TestCluster.run("stop", directory)
    }
}
