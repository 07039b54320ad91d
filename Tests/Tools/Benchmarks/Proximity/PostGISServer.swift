import Geospatial
import Observability
import Persistence
import Postgres
import TestSupport

/// A private PostgreSQL server with the project's schema, and a database for each data set.
///
/// It is configured for this single task: all data fit into memory, and plans are made once. It uses one core and no JIT
/// compilation, which costs more here than it saves. The databases remain for the next run.
struct PostGISServer {
    private static let directory = ".build/bench/postgres-proximity"

    /// Starts the server.
    init() throws {
        _ = try TestCluster.run(
            "start",
            Self.directory,
            "--fast",
            "--config",
            "shared_buffers=3GB",
            "--config",
            "work_mem=256MB",
            "--config",
            "maintenance_work_mem=1GB",
            "--config",
            "effective_cache_size=6GB",
            "--config",
            "random_page_cost=1.1",
            "--config",
            "jit=off",
            "--config",
            "max_parallel_workers_per_gather=0",
            "--config",
            "plan_cache_mode=force_generic_plan"
        )
    }

    /// Stops the server.
    func stop() {
        _ = try? TestCluster.run("stop", Self.directory)
    }

    /// The settings for the database of a data set, which is filled if necessary.
    func database(of data: ProximityData) async throws -> PostgresConfiguration {
        var configuration = try TestCluster.configuration(ofClusterIn: Self.directory)
        configuration.statementTimeout = nil
        let administrator = PostgresClient(configuration: configuration)
        let name = "proximity_\(data.checksum.prefix(16))"
        if try await administrator.query("SELECT FROM pg_database WHERE datname = \(name)").isEmpty {
            note("storing \(data.count) locations in PostGIS")
            try await administrator.execute("CREATE DATABASE \(identifier: name + "_draft")")
            configuration.database = name + "_draft"
            try TestDatabase.prepare(configuration)
            let client = PostgresClient(configuration: configuration)
            try await Migrator(client: client, logger: Logger(service: "bench", level: .warning)).migrate()
            try await fill(client, with: data)
            await client.close()
            try await administrator.execute(
                "ALTER DATABASE \(identifier: name + "_draft") RENAME TO \(identifier: name)"
            )
        }
        await administrator.close()
        configuration.database = name
        // An earlier release may have created it.
        try TestDatabase.prepare(configuration)
        try RunningService.migrate(configuration)
        return configuration
    }

    private func fill(_ client: PostgresClient, with data: ProximityData) async throws {
        try await client.execute(
            """
            INSERT INTO person (first_name, last_name, company_name)
            SELECT 'First', 'Last', 'Company' FROM generate_series(1, \(Int(data.persons.max() ?? 0)))
            """
        )
        // Fill a separate table and create its indexes afterwards, so that they are as dense as possible.
        try await client.execute(
            "CREATE TABLE location_2026_06 (LIKE location INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
        )
        try await client.withConnection { connection in
            try await connection.copyIn(
                """
                COPY location_2026_06 (id, person_id, creation_time, coordinate, cell) FROM STDIN (FORMAT binary)
                """
            ) { writer in
                for index in 0..<data.count {
                    let coordinate = try data.coordinate(index)
                    try writer.beginRow(fieldCount: 5)
                    try writer.write(data.id(index))
                    try writer.write(data.persons[index])
                    try writer.write(PostgresTimestamp(microsecondsSince1970: data.times[index] * 1_000))
                    try writer.write(bytes: Self.point(coordinate))
                    try writer.write(GridCell(coordinate).rawValue)
                }
            }
        }
        note("making the indexes")
        try await client.execute(
            """
            ALTER TABLE location ATTACH PARTITION location_2026_06
            FOR VALUES FROM ('2026-06-01T00:00:00Z') TO ('2026-07-01T00:00:00Z')
            """
        )
        try await client.execute("CREATE INDEX location_coordinate ON location_2026_06 USING gist (coordinate)")
        try await client.execute("VACUUM (ANALYZE, FREEZE) location_2026_06")
        try await client.execute("ANALYZE location")
    }

    /// A point in PostGIS's binary format: little-endian, type with SRID flag, the SRID, x east and y north.
    private static func point(_ coordinate: Coordinate) -> [UInt8] {
        var bytes: [UInt8] = [1, 0x01, 0x00, 0x00, 0x20, 0xE6, 0x10, 0x00, 0x00]
        bytes.reserveCapacity(25)
        for degrees in [coordinate.longitude.degrees, coordinate.latitude.degrees] {
            withUnsafeBytes(of: degrees.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }
}
