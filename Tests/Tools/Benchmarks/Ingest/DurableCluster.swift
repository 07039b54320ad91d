import Postgres
import TestSupport

/// A private PostgreSQL server whose commits are durable.
struct DurableCluster {
    let configuration: PostgresConfiguration
    private let directory = ".build/bench/postgres"

    /// Starts the server.
    init() throws {
        _ = try TestCluster.run("start", directory, "--database", "ingest", "--config", "max_wal_size=4GB")
        var configuration = try TestCluster.configuration(ofClusterIn: directory)
        configuration.database = "ingest"
        configuration.statementTimeout = .seconds(600)
        configuration.acquireTimeout = .seconds(30)
        self.configuration = configuration
    }

    /// Stops the server.
    ///
    /// The data remain.
    func stop() {
        _ = try? TestCluster.run("stop", directory)
    }
}
