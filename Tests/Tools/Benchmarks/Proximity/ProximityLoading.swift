import Foundation
import Postgres
import TestSupport

/// Compares loading the index from the database with `COPY BINARY` of the same columns to `/dev/null`.
struct ProximityLoading {
    let database: PostgresConfiguration
    let count: Int

    /// The times of a start of connection-service.
    struct Start {
        /// Seconds to load and build the index.
        let loading: Double
        /// Seconds from the start of the process until it is ready.
        let total: Double
    }

    /// Starts connection-service and waits until the index is complete.
    func index() async throws -> Start {
        let began = ContinuousClock.now
        let service = try await RunningService.start(.connectionService, database: database)
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        guard let base = URL(string: service.address) else { throw BenchmarkFailure(description: "no address") }
        let metrics = try await HTTPClient(base: base, connections: 1).send("GET", "/metrics").body
        await service.terminate()
        let text = String(decoding: metrics, as: UTF8.self)
        guard text.contains("\nlocation_index_points \(count)\n") else {
            throw BenchmarkFailure(description: "connection-service did not load \(count) locations.")
        }
        let sum = "\nlocation_index_load_seconds_sum "
        guard let start = text.range(of: sum)?.upperBound,
            let loading = Double(text[start...].prefix { !$0.isNewline })
        else { throw BenchmarkFailure(description: "connection-service does not report the loading time.") }
        return Start(loading: loading, total: seconds)
    }

    /// Copies the same columns.
    ///
    /// Returns seconds.
    func copy() throws -> Double {
        let began = ContinuousClock.now
        let copying = try ChildProcess.psql(
            """
            \\copy (SELECT id, person_id, creation_time, coordinate, accuracy FROM location) \
            to '/dev/null' (format binary)
            """,
            in: database
        )
        guard copying.waitUntilExit() == 0 else { throw BenchmarkFailure(description: "psql failed.") }
        return (ContinuousClock.now - began) / .seconds(1)
    }
}
