import Foundation
import Persistence
import Postgres
import Proximity

/// Loading the index from the database, beside `COPY BINARY` of the same columns to `/dev/null`.
struct ProximityLoading {
    let database: PostgresConfiguration
    let count: Int

    /// Loads the index as connection-service does; returns seconds.
    func index() async throws -> Double {
        let client = PostgresClient(configuration: database)
        let began = ContinuousClock.now
        let index = try await LocationStore(client: client).withExport(from: nil) { export in
            var index = GridIndex()
            for try await locations in export.locations { index = index.adding(locations, areDistinct: true) }
            return index
        }
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        await client.close()
        guard index.count == count else {
            throw BenchmarkFailure(description: "The index has \(index.count) of \(count) locations.")
        }
        return seconds
    }

    /// Copies the same columns; returns seconds.
    func copy() throws -> Double {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "psql", "-q", "-h", database.host, "-p", String(database.port), "-U", database.user, "-d",
            database.database,
            "-c",
            """
            \\copy (SELECT id, person_id, creation_time, coordinate, accuracy FROM location) \
            to '/dev/null' (format binary)
            """,
        ]
        process.environment = ProcessInfo.processInfo.environment.merging(["PGPASSWORD": database.password ?? ""]) {
            $1
        }
        let began = ContinuousClock.now
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw BenchmarkFailure(description: "psql failed.") }
        return (ContinuousClock.now - began) / .seconds(1)
    }
}
